package io.fsvideo.weightstools.lora;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorCopy;
import io.fsvideo.weightstools.checkpoint.TensorListener;
import io.fsvideo.weightstools.lora.LoraFile.Factors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A model's parameters with {@code strength · alpha / rank · up · down} added, in the types they have; a row at a time. */
public final class LoraMerge {
    private static final Set<String> FLOATS = Set.of("F32", "BF16", "F16");

    private final Checkpoint model;
    private final LoraFile lora;
    private final double strength;

    /** @throws WeightsException when the LoRA adds to a parameter of a type that is too narrow for it, or of another shape */
    public LoraMerge(Checkpoint model, LoraFile lora, double strength) {
        this.model = model;
        this.lora = lora;
        this.strength = strength;
        for (String weight : lora.weights()) {
            StoredInfo info = model.info(weight);
            if (!FLOATS.contains(info.type()) || info.shape().rank() < 2) {
                throw new WeightsException(
                        "lora: " + weight + " must be a matrix of one of " + FLOATS + ", got " + info);
            }
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
            if (lora.weights().contains(name)) {
                add(info, lora.factors(name, info.shape()), file);
            } else {
                copy.copy(info, name, file);
            }
            listener.onTensor(++done[0], declared.size());
        });
        writer.write(declared, shardBytes);
    }

    private void add(StoredInfo info, Factors factors, SafetensorsWriter file) {
        DType dtype = TensorCopy.dtype(info.type()).orElseThrow();
        int rows = Math.toIntExact(info.shape().dim(0));
        int columns = Math.toIntExact(info.shape().numel() / Math.max(1, rows));
        float[] row = new float[columns];
        double[] sum = new double[columns];
        ByteBuffer bytes = ByteBuffer.allocate(columns * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < rows; r++) {
            model.read(info.name(), (long) r * bytes.capacity(), bytes.clear());
            Floats.decode(dtype, bytes.flip(), row, 0, columns);
            addRow(row, sum, r, factors);
            file.write(info.name(), row, 0, columns);
        }
    }

    private void addRow(float[] row, double[] sum, int r, Factors factors) {
        for (int i = 0; i < row.length; i++) {
            sum[i] = row[i];
        }
        for (int k = 0; k < factors.rank(); k++) {
            double up = strength * factors.factor() * factors.up()[r * factors.rank() + k];
            int start = k * row.length;
            for (int i = 0; i < row.length; i++) {
                sum[i] += up * factors.down()[start + i];
            }
        }
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) sum[i];
        }
    }
}
