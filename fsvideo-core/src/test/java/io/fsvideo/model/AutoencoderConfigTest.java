package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations as JSON, and which of them are illegal. */
class AutoencoderConfigTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static JsonNode golden(String name) throws IOException {
        return MAPPER.readTree(Path.of("src/test/resources/golden", name, "config.json")
                        .toFile())
                .path("model");
    }

    static Stream<AutoencoderConfig> named() {
        return Stream.of(
                AutoencoderConfig.fsaeStandard(),
                AutoencoderConfig.fsaeLite(),
                AutoencoderConfig.tiny(),
                AutoencoderConfig.tinyLite());
    }

    @ParameterizedTest
    @MethodSource("named")
    void survivesJson(AutoencoderConfig config) throws IOException {
        assertEquals(
                config,
                AutoencoderConfig.fromJson(MAPPER.readTree(config.toJson().toString())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fsae-standard", "fsae-standard-128x64", "fsae-lite"})
    void writesWhatItRead(String name) throws IOException {
        JsonNode model = golden(name);
        ObjectNode written = AutoencoderConfig.fromJson(model).toJson();
        assertEquals(1, written.remove("scaling_factor").asInt());
        assertEquals(withoutNumbers(model), withoutNumbers(written));
        for (String key : new String[] {"norm_eps", "attention_eps", "noise_weight"}) {
            assertEquals((float) model.get(key).asDouble(), written.get(key).floatValue(), key);
        }
    }

    private static JsonNode withoutNumbers(JsonNode model) {
        ObjectNode copy = model.deepCopy();
        return copy.without(java.util.List.of("norm_eps", "attention_eps", "noise_weight"));
    }

    @Test
    void countsPixelsAndFramesPerLatent() {
        assertEquals(64, AutoencoderConfig.fsaeLite().spatialFactor());
        assertEquals(4, AutoencoderConfig.fsaeLite().frameFactor());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "/encoder/width_list/0; 6.5; config: model.encoder.width_list[0] must be an integer, got 6.5",
                "/encoder/width_list/1; 12; config: encoder width of stage 1 must be a multiple of 8 and a divisor of 64,"
                        + " got 12",
                "/encoder/width_list/1; 128; config: encoder width of stage 1 must be a multiple of 8 and a divisor of 64,"
                        + " got 128",
                "/decoder/width_list/1; 64; config: decoder width of stage 1 must be a divisor of 32, got 64",
                "/decoder/width_list/3; 12; config: decoder stage 3 must have a width divisible by attention_dim 8, got 12",
                "/latent_channels; 3; config: encoder width of the last stage must be a multiple of latent_channels 3, got 16",
                "/encoder/depth_list/2; -1; config: encoder stage 2 must have width >= 1 and depth >= 0, got width 8 and"
                        + " depth -1",
                "/encoder/block_type/4; \"Mamba\"; config: model.encoder.block_type must be a list of ResBlock, EViT_GLU and"
                        + " EViTS5_GLU, got [\"ResBlock\",\"ResBlock\",\"ResBlock\",\"EViTS5_GLU\",\"Mamba\",\"EViTS5_GLU\","
                        + "\"EViTS5_GLU\"]",
                "/temporal_factor/0; 3; config: temporal_factor must be a list of 1 and 2, got [3, 2, 1, 1, 1, 1]",
                "/temporal_factor; [2, 2]; config: encoder and decoder must have one stage more than temporal_factor's 2,"
                        + " got 7 and 7",
                "/feature_stages/0; 7; config: feature_stages must be within 0..6, got [7, 3, 4, 5, 6]",
                "/feature_stages; [3, 4, 5, 6]; config: cross_attention stages must be among feature_stages [3, 4, 5, 6],"
                        + " got 2",
                "/cross_dim/softmax; 5; config: cross_attention 4 must have a width divisible by cross_dim 5 of SOFTMAX,"
                        + " got 16",
                "/decoder/cross_attention/2; \"cosine\"; config: model.decoder.cross_attention.2 must be linear or softmax,"
                        + " got \"cosine\"",
                "/decoder/time; \"both\"; config: model.decoder.time must be same or group, got \"both\"",
                "/aggregation_kernel; 4; config: aggregation_kernel must be odd, got 4",
                "/norm_eps; null; config: model.norm_eps must be a number, got null",
                "/encoder; 1; config: model.encoder must be an object, got 1"
            })
    void refusesWhatDoesNotFit(String place, String value, String message) throws IOException {
        JsonNode model = golden("fsae-lite").deepCopy();
        com.fasterxml.jackson.core.JsonPointer pointer = com.fasterxml.jackson.core.JsonPointer.compile(place);
        JsonNode parent = model.at(pointer.head());
        JsonNode node = MAPPER.readTree(value);
        if (parent instanceof ObjectNode object) {
            object.set(pointer.last().getMatchingProperty(), node);
        } else {
            ((com.fasterxml.jackson.databind.node.ArrayNode) parent)
                    .set(pointer.last().getMatchingIndex(), node);
        }
        ConfigException e = assertThrows(ConfigException.class, () -> AutoencoderConfig.fromJson(model));
        assertEquals(message, e.getMessage());
    }

    @Test
    void refusesDifferentWidthsWhereTheDecoderReadsTheEncoder() throws IOException {
        ObjectNode model = golden("fsae-lite").deepCopy();
        ((com.fasterxml.jackson.databind.node.ArrayNode) model.at("/decoder/width_list")).set(3, 16);
        ConfigException e = assertThrows(ConfigException.class, () -> AutoencoderConfig.fromJson(model));
        assertEquals(
                "config: cross_attention 2 must find one width in encoder and decoder stage 3, got 8 and 16",
                e.getMessage());
    }
}
