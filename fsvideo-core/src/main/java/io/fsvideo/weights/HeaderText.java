package io.fsvideo.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The first bytes of a safetensors file.
 *
 * @param bytes length prefix and JSON, padded so that data starts at a multiple of 8
 * @param starts each tensor's first byte after the header, in order
 */
record HeaderText(byte[] bytes, Map<String, Long> starts) {
    private static final int ALIGNMENT = 8;

    static HeaderText of(Path target, Map<String, Declared> tensors, Map<String, String> metadata) {
        Map<String, Long> starts = new LinkedHashMap<>();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            writeMetadata(json, metadata);
            long start = 0;
            for (String key : order(tensors)) {
                if (key.equals(SafetensorsHeader.METADATA)) {
                    throw Fault.of(target, "key", "a tensor's name", key);
                }
                starts.put(key, start);
                start = writeTensor(json, key, tensors.get(key), start);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw Fault.of(target, "header", "written as JSON", e);
        }
        return new HeaderText(prefixed(target, text.toByteArray()), starts);
    }

    /** Large elements first keeps all of them aligned; by key makes the order independent of the map. */
    private static List<String> order(Map<String, Declared> tensors) {
        Comparator<String> size =
                Comparator.comparingInt(key -> -tensors.get(key).dtype().bytes());
        return tensors.keySet().stream().sorted(size.thenComparing(key -> key)).toList();
    }

    private static void writeMetadata(JsonGenerator json, Map<String, String> metadata) throws IOException {
        if (metadata.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private static long writeTensor(JsonGenerator json, String key, Declared declared, long start) throws IOException {
        long end = Math.addExact(start, declared.bytes());
        json.writeObjectFieldStart(key);
        json.writeStringField("dtype", declared.dtype().name());
        json.writeFieldName("shape");
        long[] dims = declared.shape().toArray();
        json.writeArray(dims, 0, dims.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {start, end}, 0, 2);
        json.writeEndObject();
        return end;
    }

    private static byte[] prefixed(Path target, byte[] text) {
        int length = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (length > SafetensorsFile.MAX_HEADER_BYTES) {
            throw Fault.of(target, "header", "at most " + SafetensorsFile.MAX_HEADER_BYTES + " bytes", length);
        }
        byte[] bytes = new byte[Long.BYTES + length];
        Arrays.fill(bytes, (byte) ' ');
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(text);
        return bytes;
    }
}
