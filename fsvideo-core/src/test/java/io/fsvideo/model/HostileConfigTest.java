package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every number of every configuration, made too large, too small or no number: one ConfigException, and none is acted on first. */
class HostileConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NEVER_LEGAL = List.of(
            "2147483647",
            "-2147483648",
            "1073741824",
            "4294967296",
            "9223372036854775807",
            "1e400",
            "\"x\"",
            "{}",
            "true");

    /** A legal configuration and what reads it. */
    private static Map<JsonNode, Function<JsonNode, Object>> parts() {
        return Map.of(
                DitConfig.tiny().toJson(), DitConfig::fromJson,
                TextEncoderConfig.tiny().toJson(), TextEncoderConfig::fromJson,
                ImageEncoderConfig.tiny().toJson(), ImageEncoderConfig::fromJson,
                AutoencoderConfig.tiny().toJson(), AutoencoderConfig::fromJson,
                LatentUpsamplerConfig.tiny().toJson(), LatentUpsamplerConfig::fromJson,
                WanVaeConfig.tiny().toJson(), WanVaeConfig::fromJson,
                DcAeVConfig.tiny().toJson(), DcAeVConfig::fromJson,
                dcAe(), DcAeConfig::fromJson);
    }

    /** Without what is written for upstream and not read here. */
    private static JsonNode dcAe() {
        ObjectNode json = DcAeConfig.f32c32Sana().toJson();
        json.withObject("/decoder").remove("in_channels");
        return json;
    }

    private interface Place {
        void put(JsonNode value);
    }

    /** Where integers are; fractions may be any finite number. */
    private static void integers(JsonNode node, List<Place> places) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(entry -> {
                if (entry.getValue().isInt()) {
                    places.add(value -> object.set(entry.getKey(), value));
                }
                integers(entry.getValue(), places);
            });
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                int index = i;
                if (array.get(i).isInt()) {
                    places.add(value -> array.set(index, value));
                }
                integers(array.get(i), places);
            }
        }
    }

    @Test
    void everyIntegerHasLimits() throws IOException {
        int tried = 0;
        for (Map.Entry<JsonNode, Function<JsonNode, Object>> part : parts().entrySet()) {
            List<Place> count = new ArrayList<>();
            integers(part.getKey(), count);
            for (int i = 0; i < count.size(); i++) {
                for (String value : NEVER_LEGAL) {
                    JsonNode copy = part.getKey().deepCopy();
                    List<Place> places = new ArrayList<>();
                    integers(copy, places);
                    places.get(i).put(JSON.readTree(value));
                    assertThrows(ConfigException.class, () -> part.getValue().apply(copy), copy::toString);
                    tried++;
                }
            }
        }
        assertTrue(tried > 900, "tried " + tried);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400", "-1e400", "1e-60", "-1", "\"1\"", "[]"})
    void epsilonsArePositiveNumbersThatAFloatCanHold(String value) throws IOException {
        JsonNode wrong = JSON.readTree(value);
        for (Map.Entry<JsonNode, Function<JsonNode, Object>> part : parts().entrySet()) {
            ObjectNode json = part.getKey().deepCopy();
            json.properties().stream()
                    .map(Map.Entry::getKey)
                    .filter(key -> key.endsWith("eps"))
                    .toList()
                    .forEach(key -> {
                        ObjectNode copy = json.deepCopy();
                        copy.set(key, wrong);
                        assertThrows(
                                ConfigException.class, () -> part.getValue().apply(copy), copy::toString);
                    });
        }
    }

    @Test
    void productsOfLegalNumbersHaveLimitsToo() throws IOException {
        ObjectNode dit = DitConfig.tiny().toJson();
        dit.putArray("patch_size").add(128).add(128).add(128);
        String message = assertThrows(ConfigException.class, () -> DitConfig.fromJson(dit))
                .getMessage();
        assertTrue(message.startsWith("config: dit.patch_size times the channels must be <= 16777216"), message);
        JsonNode umt5 = JSON.readTree("{\"vocab_size\": 9, \"d_model\": 8, \"num_heads\": 65536, \"d_kv\": 65536}");
        assertThrows(ConfigException.class, () -> HubConfigs.umt5(umt5));
    }

    @Test
    void theLargestShapesThatLimitsAllowReachNoDivisionByZero() {
        assertTimeoutPreemptively(Duration.ofMinutes(5), () -> {
            try (Backend cpu = Backend.open("cpu", BackendOptions.defaults().withThreads(1))) {
                for (DType dtype : List.of(DType.F32, DType.BF16)) {
                    for (long huge : new long[] {1L << 31, 1L << 32, 1L << 40}) {
                        refused(cpu, Layout.LINEAR, dtype, 96, huge);
                        refused(cpu, Layout.LINEAR, dtype, huge, 96);
                        refused(cpu, Layout.conv3d(1), dtype, 96, huge, 1, 1, 1);
                        refused(cpu, Layout.conv3d(1), dtype, huge, 96, 3, 3, 3);
                        refused(cpu, Layout.conv3d(1), dtype, 96, 96, 1, 1, huge);
                    }
                    assertTrue(cpu.packedBytes(Layout.LINEAR, dtype, Shape.of(96, 1L << 30)) > 1L << 30);
                }
            }
        });
    }

    private static void refused(Backend cpu, Layout layout, DType dtype, long... dims) {
        assertThrows(ShapeException.class, () -> cpu.packedBytes(layout, dtype, Shape.of(dims)));
    }
}
