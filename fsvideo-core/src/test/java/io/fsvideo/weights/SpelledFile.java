package io.fsvideo.weights;

import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Files as other tools write them, byte by byte: any names, types and shapes in safetensors or GGUF. */
public final class SpelledFile {
    private static final int GGUF_ALIGNMENT = 32;

    private record Stored(String type, long[] shape, byte[] bytes) {}

    private final Map<String, Stored> tensors = new LinkedHashMap<>();

    /** Adds a tensor with these bytes. */
    public SpelledFile add(String name, String type, byte[] bytes, long... shape) {
        tensors.put(name, new Stored(type, shape, bytes));
        return this;
    }

    /** Adds values in F32. */
    public SpelledFile f32(String name, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return add(name, "F32", bytes.array(), shape);
    }

    /** Adds values divided by {@code scale} in E4M3. */
    public SpelledFile e4m3(String name, float[] values, float scale, long... shape) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = Floats.toF8(values[i] / scale);
        }
        return add(name, "F8_E4M3", bytes, shape);
    }

    /** Adds values divided by {@code scale} in E5M2: the upper bytes of F16 values, which must hold them exactly. */
    public SpelledFile e5m2(String name, float[] values, float scale, long... shape) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (Floats.toF16(values[i] / scale) >> 8);
        }
        return add(name, "F8_E5M2", bytes, shape);
    }

    /** Writes safetensors. */
    public Path safetensors(Path file) throws IOException {
        StringBuilder header = new StringBuilder("{");
        long offset = 0;
        for (Map.Entry<String, Stored> entry : tensors.entrySet()) {
            Stored tensor = entry.getValue();
            header.append(offset == 0 ? "" : ",")
                    .append("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                            .formatted(
                                    entry.getKey(),
                                    tensor.type(),
                                    Arrays.toString(tensor.shape()),
                                    offset,
                                    offset + tensor.bytes().length));
            offset += tensor.bytes().length;
        }
        byte[] text = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(8 + text.length + offset)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text);
        tensors.values().forEach(tensor -> bytes.put(tensor.bytes()));
        return Files.write(file, bytes.array());
    }

    /** Writes GGUF version 3 without metadata. */
    public Path gguf(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 22).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(GgufHeader.MAGIC).putInt(3).putLong(tensors.size()).putLong(0);
        long offset = 0;
        for (Map.Entry<String, Stored> entry : tensors.entrySet()) {
            byte[] name = entry.getKey().getBytes(StandardCharsets.UTF_8);
            long[] shape = entry.getValue().shape();
            bytes.putLong(name.length).put(name).putInt(shape.length);
            for (int i = shape.length - 1; i >= 0; i--) {
                bytes.putLong(shape[i]);
            }
            bytes.putInt(number(entry.getValue().type())).putLong(offset);
            offset = aligned(offset + entry.getValue().bytes().length);
        }
        for (Stored tensor : tensors.values()) {
            bytes.position((int) aligned(bytes.position()));
            bytes.put(tensor.bytes());
        }
        bytes.position((int) aligned(bytes.position()));
        return Files.write(file, Arrays.copyOf(bytes.array(), bytes.position()));
    }

    private static int number(String type) {
        for (int id = 0; id < 64; id++) {
            GgufType found = GgufType.of(id);
            if (found != null && found.name().equals(type)) {
                return id;
            }
        }
        throw new IllegalArgumentException(type);
    }

    private static long aligned(long offset) {
        return (offset + GGUF_ALIGNMENT - 1) / GGUF_ALIGNMENT * GGUF_ALIGNMENT;
    }

    /** The same tensors under changed names. */
    public SpelledFile renamed(java.util.function.UnaryOperator<String> name) {
        SpelledFile renamed = new SpelledFile();
        tensors.forEach((key, tensor) -> renamed.tensors.put(name.apply(key), tensor));
        return renamed;
    }

    /** Names and shapes, for messages. */
    @Override
    public String toString() {
        return tensors.entrySet().stream()
                .map(entry -> entry.getKey() + " " + Shape.of(entry.getValue().shape()))
                .collect(Collectors.joining(", "));
    }
}
