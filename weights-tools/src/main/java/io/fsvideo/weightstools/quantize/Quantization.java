package io.fsvideo.weightstools.quantize;

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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint in a narrower type. BF16 and F16 take every wider float. FP8 takes tensors of two and more dimensions {@code [out, …]}:
 * each output channel is divided by its {@code scale = greatest absolute value / 448}, and the scales {@code [out]} are stored as
 * {@code <name>_scale} in F32. Everything else is kept as it is. One block of values is in memory at a time.
 */
public final class Quantization {
    private static final int BLOCK = 1 << 16;
    private static final int MOST_PER_CHANNEL = 1 << 26;
    private static final float LARGEST_F8 = 448;
    private static final String SCALE = "_scale";

    private final Checkpoint source;
    private final Target target;
    private final Map<String, Declared> declared = new LinkedHashMap<>();
    /** What the tensor of this name has the scales of. */
    private final Map<String, StoredInfo> scaled = new HashMap<>();

    private final Map<String, float[]> scales = new HashMap<>();
    private final List<Loss> losses = new ArrayList<>();

    /** @throws WeightsException when a tensor is of a type this library does not write, or scales are there already */
    public Quantization(Checkpoint source, Target target) {
        this.source = source;
        this.target = target;
        for (StoredInfo info : source.tensors()) {
            declare(info);
        }
    }

    private void declare(StoredInfo info) {
        Declared kept = TensorCopy.declared(info);
        declared.put(info.name(), isNarrowed(info) ? new Declared(target.dtype(), info.shape()) : kept);
        if (!isScaled(info)) {
            return;
        }
        String scale = info.name() + SCALE;
        long perChannel = info.shape().numel() / Math.max(1, info.shape().dim(0));
        if (source.has(scale) || perChannel > MOST_PER_CHANNEL) {
            throw fault(info, "without scales, of at most " + MOST_PER_CHANNEL + " values per channel", info);
        }
        declared.put(scale, new Declared(DType.F32, Shape.of(info.shape().dim(0))));
        scaled.put(scale, info);
    }

    private boolean isNarrowed(StoredInfo info) {
        boolean wider = switch (info.type()) {
            case "F32" -> true;
            case "BF16", "F16" -> !info.type().equals(target.dtype().name());
            default -> false;
        };
        return wider && (target != Target.FP8_E4M3 || info.shape().rank() >= 2);
    }

    private boolean isScaled(StoredInfo info) {
        return target == Target.FP8_E4M3 && isNarrowed(info);
    }

    /** Tensors to be written, scales among them. */
    public int count() {
        return declared.size();
    }

    /** The bytes of all data to be written. */
    public long bytes() {
        return declared.values().stream()
                .mapToLong(tensor -> tensor.shape().numel() * tensor.dtype().bytes())
                .sum();
    }

    /**
     * Writes everything.
     *
     * @param folder exists
     * @return what each narrowed tensor lost
     * @throws WeightsException when a value is not finite, or too large for the type
     */
    public List<Loss> write(Path folder, long shardBytes, TensorListener listener) throws IOException {
        losses.clear();
        scales.clear();
        TensorCopy copy = new TensorCopy(source);
        long[] done = {0};
        ShardWriter writer = new ShardWriter(folder, source.metadata(), (name, file) -> {
            write(name, copy, file);
            listener.onTensor(++done[0], declared.size());
        });
        writer.write(declared, shardBytes);
        return List.copyOf(losses);
    }

    private void write(String name, TensorCopy copy, SafetensorsWriter file) {
        if (scaled.containsKey(name)) {
            float[] scale = scales(scaled.get(name));
            file.write(name, scale, 0, scale.length);
            return;
        }
        StoredInfo info = source.info(name);
        if (isScaled(info)) {
            writeScaled(info, file);
        } else if (isNarrowed(info)) {
            writeNarrowed(info, file);
        } else {
            copy.copy(info, name, file);
        }
    }

    private void writeNarrowed(StoredInfo info, SafetensorsWriter file) {
        Loss.Sum sum = new Loss.Sum();
        float[] values = new float[(int) Math.min(BLOCK, info.shape().numel())];
        for (long done = 0; done < info.shape().numel(); done += BLOCK) {
            int count = (int) Math.min(BLOCK, info.shape().numel() - done);
            read(info, done, values, count);
            for (int i = 0; i < count; i++) {
                float stored = target == Target.BF16
                        ? Floats.fromBf16(Floats.toBf16(values[i]))
                        : Floats.fromF16(Floats.toF16(values[i]));
                if (Float.isInfinite(stored)) {
                    throw fault(info, "of values that " + target + " can hold", values[i]);
                }
                sum.add(values[i], stored);
            }
            file.write(info.name(), values, 0, count);
        }
        losses.add(sum.loss(info.name()));
    }

    private void writeScaled(StoredInfo info, SafetensorsWriter file) {
        Loss.Sum sum = new Loss.Sum();
        float[] scale = scales(info);
        float[] values = new float[perChannel(info)];
        for (int channel = 0; channel < scale.length; channel++) {
            read(info, (long) channel * values.length, values, values.length);
            for (int i = 0; i < values.length; i++) {
                double value = values[i];
                values[i] /= scale[channel];
                sum.add(value, (double) Floats.fromF8(Floats.toF8(values[i])) * scale[channel]);
            }
            file.write(info.name(), values, 0, values.length);
        }
        losses.add(sum.loss(info.name()));
    }

    private static int perChannel(StoredInfo info) {
        long channels = info.shape().dim(0);
        return channels == 0 ? 0 : (int) (info.shape().numel() / channels);
    }

    /** Finds the scales in a pass of its own: in a file they lie before the tensors they are of. */
    private float[] scales(StoredInfo info) {
        return scales.computeIfAbsent(info.name(), name -> {
            float[] scale = new float[Math.toIntExact(info.shape().dim(0))];
            float[] values = new float[perChannel(info)];
            for (int channel = 0; channel < scale.length; channel++) {
                read(info, (long) channel * values.length, values, values.length);
                scale[channel] = scale(values);
            }
            return scale;
        });
    }

    /** 1 where no other is needed, so that zeros stay zeros; never so small that dividing by it overflows. */
    private static float scale(float[] values) {
        float greatest = 0;
        for (float value : values) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        return greatest == 0 ? 1 : Math.max(greatest / LARGEST_F8, Float.MIN_NORMAL);
    }

    private void read(StoredInfo info, long from, float[] values, int count) {
        DType dtype = TensorCopy.dtype(info.type()).orElseThrow();
        ByteBuffer bytes = ByteBuffer.allocate(count * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        source.read(info.name(), from * dtype.bytes(), bytes);
        Floats.decode(dtype, bytes.flip(), values, 0, count);
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                throw fault(info, "of finite values", values[i]);
            }
        }
    }

    private static WeightsException fault(StoredInfo info, String rule, Object got) {
        return new WeightsException("weights: " + info.name() + " must be " + rule + ", got " + got);
    }
}
