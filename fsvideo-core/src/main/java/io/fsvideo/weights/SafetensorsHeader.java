package io.fsvideo.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON header of one safetensors file, checked so that every entry describes bytes that exist and are no one else's. */
final class SafetensorsHeader {
    static final String METADATA = "__metadata__";
    private static final int MAX_RANK = 16;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(4).build())
            .build();

    private final Path file;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<StoredTensor> tensors = new ArrayList<>();

    private SafetensorsHeader(Path file) {
        this.file = file;
    }

    /**
     * Reads and checks a header.
     *
     * @param dataBytes bytes of the file after the header
     * @throws WeightsException naming file, key, expected and found
     */
    static SafetensorsHeader parse(Path file, String json, long dataBytes) {
        SafetensorsHeader header = new SafetensorsHeader(file);
        try (JsonParser parser = JSON.createParser(json)) {
            header.read(parser);
        } catch (JsonProcessingException e) {
            throw new WeightsException(
                    "weights: " + file + ": header must be a JSON object with distinct keys, got "
                            + Fault.shortened(e.getOriginalMessage()),
                    e);
        } catch (IOException e) {
            throw Fault.of(file, "header", "readable", e);
        }
        header.requireCover(dataBytes);
        return header;
    }

    Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** The tensors in the order of their bytes. */
    List<StoredTensor> tensors() {
        return Collections.unmodifiableList(tensors);
    }

    private void read(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw Fault.of(file, "header", "a JSON object", parser.currentToken());
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Fault.of(file, "header entry " + Fault.shortened(key), "a JSON object", parser.currentToken());
            }
            if (key.equals(METADATA)) {
                readMetadata(parser);
            } else {
                tensors.add(readTensor(parser, key));
            }
        }
        if (parser.nextToken() != null) {
            throw Fault.of(file, "header", "one JSON object and spaces", "a second " + parser.currentToken());
        }
    }

    private void readMetadata(JsonParser parser) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw Fault.of(file, METADATA + "." + Fault.shortened(name), "a string", parser.currentToken());
            }
            metadata.put(name, parser.getText());
        }
    }

    private StoredTensor readTensor(JsonParser parser, String key) throws IOException {
        StoredType type = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "dtype" -> type = type(parser, key);
                case "shape" -> shape = integers(parser, key, field);
                case "data_offsets" -> offsets = integers(parser, key, field);
                default -> throw fault(key, "field", "dtype, shape or data_offsets", Fault.shortened(field));
            }
        }
        if (type == null || shape == null || offsets == null) {
            String lacking = type == null ? "dtype" : shape == null ? "shape" : "data_offsets";
            throw fault(key, lacking, "present", "an entry without it");
        }
        return checked(key, type, shape, offsets);
    }

    private StoredType type(JsonParser parser, String key) throws IOException {
        StoredType type = parser.currentToken() == JsonToken.VALUE_STRING ? StoredType.named(parser.getText()) : null;
        if (type == null) {
            throw fault(
                    key,
                    "dtype",
                    "one of " + List.of(StoredType.values()),
                    Fault.shortened(String.valueOf(parser.getText())));
        }
        return type;
    }

    private long[] integers(JsonParser parser, String key, String field) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw fault(key, field, "an array of integers", parser.currentToken());
        }
        List<Long> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
                    || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                String got = parser.currentToken() + " " + Fault.shortened(String.valueOf(parser.getText()));
                throw fault(key, field, "integers of 63 bits", got);
            }
            if (values.size() == MAX_RANK) {
                throw fault(key, field, "at most " + MAX_RANK + " integers", "more");
            }
            values.add(parser.getLongValue());
        }
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private StoredTensor checked(String key, StoredType type, long[] dims, long[] offsets) {
        if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
            throw fault(key, "data_offsets", "[begin, end] with 0 <= begin <= end", Arrays.toString(offsets));
        }
        Shape shape;
        long bytes;
        try {
            shape = Shape.of(dims);
            bytes = Math.multiplyExact(shape.numel(), (long) type.bytes());
        } catch (ShapeException | ArithmeticException e) {
            throw fault(key, "shape", "dimensions >= 0 whose bytes fit 63 bits", Arrays.toString(dims));
        }
        if (offsets[1] - offsets[0] != bytes) {
            throw fault(
                    key,
                    "data_offsets",
                    bytes + " bytes apart for " + shape + " " + type,
                    (offsets[1] - offsets[0]) + " from [" + offsets[0] + ", " + offsets[1] + "]");
        }
        return new StoredTensor(key, type, shape, offsets[0], offsets[1]);
    }

    private WeightsException fault(String key, String argument, String rule, Object got) {
        return Fault.of(file, argument + " of " + Fault.shortened(key), rule, got);
    }

    private void requireCover(long dataBytes) {
        tensors.sort(Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end));
        StoredTensor last = null;
        long covered = 0;
        for (StoredTensor tensor : tensors) {
            if (tensor.end() > dataBytes) {
                throw Fault.of(
                        file,
                        "data_offsets",
                        "within the file's " + dataBytes + " bytes of data",
                        tensor + "; truncated?");
            }
            if (tensor.begin() < covered) {
                throw Fault.of(file, "data_offsets", "without overlap", last + " and " + tensor);
            }
            if (tensor.begin() > covered) {
                throw Fault.of(file, "data_offsets", "without holes, next at " + covered, tensor);
            }
            covered = tensor.end();
            last = tensor;
        }
        if (covered != dataBytes) {
            throw Fault.of(file, "data", covered + " bytes as the header says", dataBytes + " bytes in the file");
        }
    }
}
