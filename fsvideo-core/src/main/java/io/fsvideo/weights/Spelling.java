package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A checkpoint as other tools spell it: names behind a common prefix, FP8 values with scales under one of several names and of one of
 * several shapes, tensors that only mark the format. What is left has the names that the model's authors or Diffusers gave, and scales of
 * one shape: F32 {@code [out]} under {@code NAME.weight_scale}. Values that have a scale of another kind are read as their products with it, and
 * E5M2 as F16.
 */
public final class Spelling implements Container {
    /** What ComfyUI, training tools and {@code torch.compile} put before every name. */
    private static final List<String> PREFIXES =
            List.of("model.diffusion_model.", "diffusion_model.", "model.", "module.", "_orig_mod.");

    private static final String WEIGHT = ".weight";
    private static final String SCALE_WEIGHT = ".scale_weight";
    private static final String WEIGHT_SCALE = WEIGHT + SCALE;
    private static final String QUANTIZATION = ".comfy_quant";

    /** Scales of activations, which are measured anew here. */
    private static final List<String> LEFT_OUT = List.of(".scale_input", ".input_scale", QUANTIZATION);

    private static final String MARKER = "scaled_fp8";
    private static final Pattern FORMAT = Pattern.compile("\"format\"\\s*:\\s*\"([^\"]*)\"");
    private static final Set<String> FORMATS = Set.of("float8_e4m3fn", "float8_e5m2");
    private static final int LONGEST_FORMAT = 1 << 12;
    private static final String E5M2 = "F8_E5M2";

    /** Most values that are decoded together. */
    private static final int PIECE = 1 << 15;

    private final Container file;
    private final Map<String, String> stored = new LinkedHashMap<>();
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /** Stored names of scales by the stored name of their weight, where the values must be multiplied before they are anything. */
    private final Map<String, String> multiplied = new LinkedHashMap<>();

    private final List<String> findings = new ArrayList<>();

    /**
     * Reads names, shapes and what marks the format, no values.
     *
     * @param file closed with this
     * @throws WeightsException when scales do not belong to matrices, do not fit them, or the format is none that is known here
     */
    public Spelling(Container file) {
        this.file = file;
        if (file instanceof Gguf gguf) {
            findings.add("GGUF of " + gguf.types());
        }
        String prefix = commonPrefix(file.shapes().keySet());
        for (String name : file.shapes().keySet()) {
            if (!isLeftOut(name)) {
                add(name.substring(name.startsWith(prefix) ? prefix.length() : 0), name);
            } else if (name.endsWith(QUANTIZATION)) {
                requireKnownFormat(name);
            }
        }
        if (!prefix.isEmpty()) {
            findings.add("prefix " + prefix + " stripped from " + stored.size() + " names");
        }
        readScales();
    }

    /** Longest chain of known prefixes that every name but markers begins with. */
    private static String commonPrefix(Set<String> names) {
        String prefix = "";
        for (String next = ""; next != null; ) {
            prefix += next;
            next = null;
            for (String known : PREFIXES) {
                String tried = prefix + known;
                if (names.stream().allMatch(name -> name.startsWith(tried) || name.endsWith(MARKER))
                        && names.stream().anyMatch(name -> name.startsWith(tried))) {
                    next = known;
                    break;
                }
            }
        }
        return prefix;
    }

    private static boolean isLeftOut(String name) {
        return name.equals(MARKER)
                || name.endsWith("." + MARKER)
                || LEFT_OUT.stream().anyMatch(name::endsWith);
    }

    private void add(String name, String storedName) {
        String before = stored.putIfAbsent(name, storedName);
        if (before != null) {
            throw new WeightsException("weights: " + description() + ": names must be of different parameters, got "
                    + Fault.shortened(before) + " and " + Fault.shortened(storedName));
        }
        shapes.put(name, file.shapes().get(storedName));
    }

    private void requireKnownFormat(String name) {
        ByteBuffer text = ByteBuffer.allocate(
                (int) Math.min(LONGEST_FORMAT, file.shapes().get(name).numel()));
        file.read(name, 0, text);
        Matcher format = FORMAT.matcher(StandardCharsets.UTF_8.decode(text.flip()));
        if (!format.find() || !FORMATS.contains(format.group(1))) {
            String got = format.reset().find() ? format.group(1) : "none";
            throw Fault.of(
                    description(), "format in " + Fault.shortened(name), "one of " + FORMATS, Fault.shortened(got));
        }
    }

    private void readScales() {
        Map<String, Integer> kinds = new TreeMap<>();
        for (String name : List.copyOf(stored.keySet())) {
            if (name.endsWith(SCALE_WEIGHT) || name.endsWith(WEIGHT_SCALE)) {
                String ending = name.endsWith(SCALE_WEIGHT) ? SCALE_WEIGHT : WEIGHT_SCALE;
                String weight = name.substring(0, name.length() - ending.length()) + WEIGHT;
                kinds.merge(scale(name, weight), 1, Integer::sum);
            }
        }
        kinds.forEach((kind, count) -> findings.add(count + " weights with " + kind));
    }

    /** Puts a scale under the one name and shape, or among those that are multiplied while they are read; returns what it is. */
    private String scale(String name, String weight) {
        Shape values = shapes.get(weight);
        if (values == null || values.rank() < 2) {
            throw Fault.of(description(), Fault.shortened(name), "beside a matrix " + Fault.shortened(weight), values);
        }
        String storedScale = stored.remove(name);
        Shape scale = shapes.remove(name);
        String storedWeight = stored.get(weight);
        long out = values.dim(0);
        boolean narrow = file.storedType(storedWeight).equals("F8_E4M3");
        boolean perOutput = isPerOutput(values, scale);
        if (scale.numel() != 1 && !perOutput && !isBlocked(values, scale)) {
            throw Fault.of(
                    description(),
                    "shape of " + Fault.shortened(name),
                    "[], [1], [" + out + "], [" + out + ", 1] or one scale per block of " + values,
                    scale);
        }
        if (stored.containsKey(weight + SCALE) || multiplied.containsKey(weight)) {
            throw new WeightsException("weights: " + description() + ": " + Fault.shortened(weight)
                    + " must have one scale, got a second one under " + Fault.shortened(name));
        }
        if (narrow && (scale.numel() == 1 || perOutput)) {
            stored.put(weight + SCALE, storedScale);
            shapes.put(weight + SCALE, Shape.of(out));
        } else {
            multiplied.put(weight, storedScale);
        }
        return scale.numel() == 1 ? "one scale each" : perOutput ? "a scale per output" : "a scale per block";
    }

    private static boolean isPerOutput(Shape values, Shape scale) {
        return scale.numel() == values.dim(0) && (scale.rank() == 1 || scale.dim(0) == values.dim(0));
    }

    /** Equal blocks along both axes, the last ones perhaps smaller. */
    private static boolean isBlocked(Shape values, Shape scale) {
        return values.rank() == 2
                && scale.rank() == 2
                && fits(values.dim(0), scale.dim(0))
                && fits(values.dim(1), scale.dim(1));
    }

    private static boolean fits(long size, long blocks) {
        if (blocks < 1 || blocks > size) {
            return false;
        }
        long side = blockSide(size, blocks);
        return (size + side - 1) / side == blocks;
    }

    private static long blockSide(long size, long blocks) {
        long side = (size + blocks - 1) / blocks;
        // Published blocks have a power of two as their side, which a short last block would hide.
        long power = Long.highestOneBit(Math.max(1, side - 1)) * 2;
        return side == 1 || (size + power - 1) / power != blocks ? side : power;
    }

    /** What was found besides plain names and values, in words for people; empty where there is nothing. */
    @Override
    public List<String> findings() {
        return Collections.unmodifiableList(findings);
    }

    @Override
    public String description() {
        return file.description();
    }

    @Override
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        String name = storedName(key);
        Shape storedShape = file.shapes().get(name);
        if (key.endsWith(WEIGHT_SCALE) && !storedShape.equals(shape)) {
            return scaleOfOutputs(arena, key, name, shape);
        }
        return multiplied.containsKey(key)
                ? multiplied(arena, key, shape)
                : file.load(arena, name, shape).named(key);
    }

    @Override
    public Tensor load(Arena arena, String key, Shape whole, Slice slice) {
        String name = storedName(key);
        boolean asStored =
                !multiplied.containsKey(key) && file.shapes().get(name).equals(whole);
        return asStored
                ? file.load(arena, name, whole, slice).named(key)
                : Container.super.load(arena, key, whole, slice);
    }

    private String storedName(String key) {
        String name = stored.get(key);
        if (name == null) {
            throw Fault.of(description(), Fault.shortened(key), "present", stored.size() + " other keys");
        }
        return name;
    }

    private Tensor scaleOfOutputs(Arena arena, String key, String name, Shape shape) {
        try (Arena t = arena.child(key)) {
            Tensor scale = t.cast(file.load(t, name, file.shapes().get(name)), DType.F32);
            Tensor each = scale.numel() == 1
                    ? t.mul(t.fill(DType.F32, 1, shape.toArray()), scale.reshape(1))
                    : scale.reshape(shape.toArray());
            return t.keep(each).named(key);
        }
    }

    @Override
    public String storedType(String key) {
        return isProduct(key) ? DType.F32.name() : file.storedType(storedName(key));
    }

    @Override
    public DType dtype(String key) {
        return isProduct(key) ? DType.F32 : file.dtype(storedName(key));
    }

    /** Whether values are not those of the file: products with scales, and scales of which the file has fewer. */
    private boolean isProduct(String key) {
        String name = storedName(key);
        return multiplied.containsKey(key)
                || key.endsWith(WEIGHT_SCALE)
                        && !(shapes.get(key).equals(file.shapes().get(name))
                                && file.storedType(name).equals(DType.F32.name()));
    }

    @Override
    public boolean isDecoded(String key) {
        String name = storedName(key);
        return isProduct(key) || file.isDecoded(name) || file.storedType(name).equals(E5M2);
    }

    @Override
    public long bytes(String key) {
        String name = storedName(key);
        return isProduct(key) && !multiplied.containsKey(key)
                ? shapes.get(key).numel() * Float.BYTES
                : file.bytes(name);
    }

    @Override
    public void read(String key, long offset, ByteBuffer target) {
        String name = storedName(key);
        if (!isDecoded(key) || file.isDecoded(name) && !isProduct(key)) {
            file.read(name, offset, target);
            return;
        }
        int width = dtype(key).bytes();
        long count = shapes.get(key).numel();
        long end = offset + target.remaining();
        if (offset < 0 || end > count * width) {
            throw Fault.of(description(), "range of " + Fault.shortened(key), "within its values", end);
        }
        float[] scales = isProduct(key) ? scales(key) : null;
        for (long at = offset; at < end; ) {
            long first = at / width;
            int values = (int) Math.min(PIECE, (end + width - 1) / width - first);
            ByteBuffer piece = values(key, name, scales, first, values);
            piece.position((int) (at - first * width));
            int bytes = (int) Math.min(piece.remaining(), end - at);
            target.put(piece.slice(piece.position(), bytes));
            at += bytes;
        }
    }

    /** Some values as they are loaded. */
    private ByteBuffer values(String key, String name, float[] scales, long first, int count) {
        ByteBuffer piece = ByteBuffer.allocate(count * dtype(key).bytes()).order(ByteOrder.LITTLE_ENDIAN);
        if (key.endsWith(WEIGHT_SCALE)) {
            for (int i = 0; i < count; i++) {
                piece.putFloat(scales[scales.length == 1 ? 0 : (int) first + i]);
            }
            return piece.flip();
        }
        if (scales == null) {
            ByteBuffer stored = ByteBuffer.allocate(count);
            file.read(name, first, stored);
            stored.flip();
            while (stored.hasRemaining()) {
                piece.putShort((short) (stored.get() << Byte.SIZE));
            }
            return piece.flip();
        }
        float[] values = floats(name, first, count);
        Scales each = new Scales(shapes.get(key), file.shapes().get(multiplied.get(key)));
        for (int i = 0; i < count; i++) {
            piece.putFloat(values[i] * scales[each.of(first + i)]);
        }
        return piece.flip();
    }

    /** The scales of a weight, or those that are under {@code key}. */
    private float[] scales(String key) {
        String name = multiplied.getOrDefault(key, stored.get(key));
        return floats(name, 0, Math.toIntExact(file.shapes().get(name).numel()));
    }

    private float[] floats(String name, long first, int count) {
        float[] values = new float[count];
        boolean halves = file.storedType(name).equals(E5M2);
        DType dtype = file.dtype(name);
        int width = halves ? 1 : dtype.bytes();
        ByteBuffer bytes = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
        file.read(name, first * width, bytes);
        bytes.flip();
        if (!halves) {
            Floats.decode(dtype, bytes, values, 0, count);
            return values;
        }
        for (int i = 0; i < count; i++) {
            values[i] = Floats.fromF16((short) (bytes.get() << Byte.SIZE));
        }
        return values;
    }

    @Override
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public void close() {
        file.close();
    }

    /** Which of the scales belongs to each value of a weight. */
    private record Scales(Shape values, Shape scales) {
        int of(long index) {
            if (scales.numel() == 1) {
                return 0;
            }
            long columns = values.numel() / values.dim(0);
            long row = index / columns;
            if (isPerOutput(values, scales)) {
                return (int) row;
            }
            long down = blockSide(values.dim(0), scales.dim(0));
            long across = blockSide(values.dim(1), scales.dim(1));
            return (int) (row / down * scales.dim(1) + index % columns / across);
        }
    }

    /** Values times their scale in F32. */
    private Tensor multiplied(Arena arena, String key, Shape shape) {
        String scaleName = multiplied.get(key);
        Shape scales = file.shapes().get(scaleName);
        try (Arena t = arena.child(key)) {
            Tensor values = t.cast(file.load(t, storedName(key), shape), DType.F32);
            Tensor scale = t.cast(file.load(t, scaleName, scales), DType.F32);
            if (scales.numel() == 1 || isPerOutput(shape, scales)) {
                long[] each = new long[shape.rank()];
                Arrays.fill(each, 1);
                each[0] = scales.numel();
                return t.keep(t.mul(values, scale.reshape(each))).named(key);
            }
            return t.keep(t.mul(values, spread(t, scale, shape))).named(key);
        }
    }

    /** Every block's scale at each of its values. */
    private static Tensor spread(Arena t, Tensor scale, Shape shape) {
        float[] blocks = scale.toFloats();
        long across = blockSide(shape.dim(1), scale.dim(1));
        long down = blockSide(shape.dim(0), scale.dim(0));
        Tensor all = t.alloc("scales", DType.F32, shape);
        Backend backend = t.backend();
        int columns = Math.toIntExact(shape.dim(1));
        ByteBuffer row = ByteBuffer.allocateDirect(columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long i = 0; i < shape.dim(0); i++) {
            row.clear();
            for (int j = 0; j < columns; j++) {
                row.putFloat(blocks[(int) (i / down * scale.dim(1) + j / across)]);
            }
            backend.copyIn(all, i * columns * Float.BYTES, row.flip());
        }
        return all;
    }
}
