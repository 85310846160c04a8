package io.fsvideo.weightstools.lora;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.LoraChange;
import io.fsvideo.weights.LoraFile;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorCopy;
import io.fsvideo.weightstools.checkpoint.TensorListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Writes a copy of a checkpoint with a LoRA merged in, in the types it has, a row at a time; {@link LoraChange} says how. */
public final class LoraMerge {
    private static final Set<String> FLOATS = Set.of("F32", "BF16", "F16");

    private final Checkpoint model;
    private final LoraFile lora;
    private final double strength;

    /**
     * Reads and checks all that the LoRA holds, one parameter at a time.
     *
     * @throws WeightsException when it changes a parameter of a type that is too narrow for it, or of another shape, or holds values that
     *     are not finite
     */
    public LoraMerge(Checkpoint model, LoraFile lora, double strength) {
        this.model = model;
        this.lora = lora;
        this.strength = strength;
        for (String parameter : lora.parameters()) {
            StoredInfo info = model.info(parameter);
            if (!FLOATS.contains(info.type()) || info.shape().rank() < 1) {
                throw new WeightsException(
                        "lora: " + parameter + " must be a tensor of one of " + FLOATS + ", got " + info);
            }
            lora.change(parameter, info.shape());
        }
    }

    /** Writes every tensor of the model. */
    public void write(Path folder, long shardBytes, TensorListener listener) throws IOException {
        Map<String, Declared> declared = new LinkedHashMap<>();
        model.tensors().forEach(info -> declared.put(info.name(), TensorCopy.declared(info)));
        TensorCopy copy = new TensorCopy(model);
        long[] done = {0};
        ShardWriter writer = new ShardWriter(folder, model.metadata(), (name, file) -> {
            StoredInfo info = model.info(name);
            if (lora.parameters().contains(name)) {
                merge(info, lora.change(name, info.shape()), file);
            } else {
                copy.copy(info, name, file);
            }
            listener.onTensor(++done[0], declared.size());
        });
        writer.write(declared, shardBytes);
    }

    private void merge(StoredInfo info, LoraChange change, SafetensorsWriter file) {
        DType dtype = TensorCopy.dtype(info.type()).orElseThrow();
        Shape shape = info.shape();
        int rows = shape.rank() < 2 ? 1 : Math.toIntExact(shape.dim(0));
        int columns = Math.toIntExact(shape.numel() / Math.max(1, rows));
        float[] row = new float[columns];
        ByteBuffer bytes = ByteBuffer.allocate(columns * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < rows; r++) {
            model.read(info.name(), (long) r * bytes.capacity(), bytes.clear());
            Floats.decode(dtype, bytes.flip(), row, 0, columns);
            change.apply(row, 0, r, 1, columns, strength);
            file.write(info.name(), row, 0, columns);
        }
    }
}
