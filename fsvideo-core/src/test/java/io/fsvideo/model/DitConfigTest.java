package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DitConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void survivesJson() throws JsonProcessingException {
        for (DitConfig config : new DitConfig[] {
            DitConfig.fsvideo14B(),
            DitConfig.wan21T2v1_3B(),
            DitConfig.wan21T2v14B(),
            DitConfig.wan21I2v14B(),
            DitConfig.tiny()
        }) {
            String text = JSON.writeValueAsString(config.toJson());
            assertEquals(config, DitConfig.fromJson(JSON.readTree(text)));
        }
    }

    @Test
    void encodersSurviveJson() throws JsonProcessingException {
        for (TextEncoderConfig config :
                new TextEncoderConfig[] {TextEncoderConfig.umt5Xxl(), TextEncoderConfig.tiny()}) {
            assertEquals(config, TextEncoderConfig.fromJson(JSON.readTree(JSON.writeValueAsString(config.toJson()))));
        }
        for (ImageEncoderConfig config :
                new ImageEncoderConfig[] {ImageEncoderConfig.clipVitH(), ImageEncoderConfig.tiny()}) {
            assertEquals(config, ImageEncoderConfig.fromJson(JSON.readTree(JSON.writeValueAsString(config.toJson()))));
        }
        assertEquals(257, ImageEncoderConfig.clipVitH().tokens());
    }

    /** The published config.json of T2V-1.3B leaves out what all models share. */
    @Test
    void readsWansOwnConfig() throws JsonProcessingException {
        String published =
                "{\"_class_name\": \"WanModel\", \"_diffusers_version\": \"0.30.0\", \"dim\": 1536, \"eps\": 1e-06,"
                        + " \"ffn_dim\": 8960, \"freq_dim\": 256, \"in_dim\": 16, \"model_type\": \"t2v\", \"num_heads\": 12,"
                        + " \"num_layers\": 30, \"out_dim\": 16, \"text_len\": 512}";
        assertEquals(DitConfig.wan21T2v1_3B(), DitConfig.fromJson(JSON.readTree(published)));
    }

    @Test
    void namesWhatIsWrong() {
        assertFault("config: dit.dim must be an integer, got none", json -> json.remove("dim"));
        assertFault("config: dit.dim must be an integer, got \"wide\"", json -> json.put("dim", "wide"));
        assertFault("config: dit.dim must be a multiple of 2 num_heads = 8, got 100", json -> json.put("dim", 100));
        assertFault("config: dit.num_layers must be >= 1, got 0", json -> json.put("num_layers", 0));
        assertFault("config: dit.eps must be > 0, got 0.0", json -> json.put("eps", 0.0));
        assertFault("config: dit.freq_dim must be even, got 7", json -> json.put("freq_dim", 7));
        assertFault("config: dit.qk_norm must be true, got false", json -> json.put("qk_norm", false));
        assertFault(
                "config: dit.model_type must be t2v, i2v or flf2v, got vace", json -> json.put("model_type", "vace"));
        assertFault(
                "config: dit.patch_size must be 3 numbers, got [1]",
                json -> json.putArray("patch_size").add(1));
    }

    @Test
    void namesTheKnownLayerMemories() {
        ConfigException e = assertThrows(ConfigException.class, () -> LayerMemory.named("top_p"));
        assertTrue(
                e.getMessage()
                        .startsWith("config: dit.layer_memory must be one of [none, dynamic_router, sliding_window:N,"
                                + " static, top_k:N], got top_p"),
                e.getMessage());
        assertThrows(ConfigException.class, () -> LayerMemory.named("sliding_window:0"));
        assertThrows(ConfigException.class, () -> LayerMemory.named("top_k:0"));
    }

    private static void assertFault(String message, Consumer<ObjectNode> change) {
        ObjectNode json = DitConfig.tiny().toJson();
        change.accept(json);
        assertEquals(
                message,
                assertThrows(ConfigException.class, () -> DitConfig.fromJson(json))
                        .getMessage());
    }
}
