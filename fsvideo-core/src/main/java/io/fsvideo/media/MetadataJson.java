package io.fsvideo.media;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Metadata as one JSON object of strings in ASCII, for containers with a single comment field. */
final class MetadataJson {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private MetadataJson() {}

    static String write(Map<String, String> metadata) {
        try {
            return MAPPER.writeValueAsString(metadata);
        } catch (JsonProcessingException e) {
            throw new VideoException("Video.write: metadata must be text, got " + metadata, e);
        }
    }

    static Map<String, String> read(String json) throws IOException {
        return MAPPER.readValue(json, new TypeReference<LinkedHashMap<String, String>>() {});
    }
}
