package io.fsvideo.weightstools.lora;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorCopy;
import io.fsvideo.weightstools.checkpoint.TensorListener;
import io.fsvideo.weightstools.lora.LoraFile.Change;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Writes a copy of a checkpoint with a LoRA merged in, in the types it has, a row at a time. With W' = W + (alpha / rank) * up * down + difference, whose rows
 * DoRA brings to given lengths, the result is W + strength (W' - W).
 */
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

    private void merge(StoredInfo info, Change change, SafetensorsWriter file) {
        DType dtype = TensorCopy.dtype(info.type()).orElseThrow();
        Shape shape = info.shape();
        int rows = shape.rank() < 2 ? 1 : Math.toIntExact(shape.dim(0));
        int columns = Math.toIntExact(shape.numel() / Math.max(1, rows));
        float[] row = new float[columns];
        double[] merged = new double[columns];
        ByteBuffer bytes = ByteBuffer.allocate(columns * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < rows; r++) {
            model.read(info.name(), (long) r * bytes.capacity(), bytes.clear());
            Floats.decode(dtype, bytes.flip(), row, 0, columns);
            mergeRow(row, merged, r, change);
            file.write(info.name(), row, 0, columns);
        }
    }

    private void mergeRow(float[] row, double[] merged, int r, Change change) {
        for (int i = 0; i < row.length; i++) {
            merged[i] = row[i] + (change.difference() == null ? 0 : change.difference()[r * row.length + i]);
        }
        for (int k = 0; k < change.rank(); k++) {
            double up = change.factor() * change.up()[r * change.rank() + k];
            int start = k * row.length;
            for (int i = 0; i < row.length; i++) {
                merged[i] += up * change.down()[start + i];
            }
        }
        if (change.magnitude() != null) {
            lengthen(merged, change.magnitude()[r]);
        }
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) (row[i] + strength * (merged[i] - row[i]));
        }
    }

    /** Brings a row to a length; a row of zeros stays. */
    private static void lengthen(double[] row, double length) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        double factor = squares == 0 ? 0 : length / Math.sqrt(squares);
        for (int i = 0; i < row.length; i++) {
            row[i] *= factor;
        }
    }
}
