package io.fsvideo.family.wan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.ModelGuess;
import io.fsvideo.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and shapes of the published models tell which they are. */
class ModelGuessTest {
    private static Map<String, Shape> shapes(String config, String folder) {
        ModelPart part = ModelFamily.parts(config).stream()
                .filter(candidate -> candidate.folder().equals(folder))
                .findFirst()
                .orElseThrow();
        try (Backend backend = Backend.open("cpu")) {
            return new LinkedHashMap<>(
                    Weights.requests(backend, part.constructor()).shapes());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wan21-t2v-1.3b | transformer | Wan2.1 T2V-1.3B transformer, dim 1536, ffn 8960, 30 layers, in 16, patch (1, 2, 2), out 16",
                "wan21-t2v-14b | transformer | Wan2.1 T2V-14B transformer or one expert of Wan2.2 T2V-A14B, which are alike, dim 5120, ",
                "wan21-i2v-14b-480p | transformer | Wan2.1 I2V-14B transformer, 480P or 720P, which are alike, image to video, dim 5120, ",
                "wan21-flf2v-14b-720p | transformer | Wan2.1 FLF2V-14B transformer, image to video, dim 5120, ",
                "wan21-t2v-1.3b | text_encoder | umT5 encoder, vocabulary 256384, dim 4096, 24 layers",
                "wan21-i2v-14b-480p | image_encoder | CLIP vision tower, dim 1280, patch 14, 31 layers",
                "wan21-t2v-1.3b | autoencoder | Wan2.1 autoencoder, 16 latent channels",
            })
    void publishedModels(String config, String folder, String expected) {
        String guess = ModelGuess.of(shapes(config, folder));
        assertTrue(guess.startsWith(expected), guess);
    }

    @ParameterizedTest
    @CsvSource({
        "5120, 36, , one expert of Wan2.2 I2V-A14B",
        "3072, 48, , Wan2.2 TI2V-5B transformer",
        "5120, 16, vace_blocks.0.before_proj.weight, 'Wan VACE 14B transformer, which does not run here'",
        "1536, 16, vace_blocks.0.before_proj.weight, 'Wan VACE 1.3B transformer, which does not run here'",
        "5120, 36, face_adapter.fuser_blocks.0.k_norm.weight, Wan Animate 14B transformer",
        "5120, 99, , Wan transformer of a kind not known here",
    })
    void relatives(long dim, long in, String more, String expected) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("blocks.0.self_attn.q.weight", Shape.of(dim, dim));
        shapes.put("patch_embedding.weight", Shape.of(dim, in, 1, 2, 2));
        if (more != null) {
            shapes.put(more, Shape.of(dim));
        }
        assertTrue(ModelGuess.of(shapes).startsWith(expected), ModelGuess.of(shapes));
    }

    @Test
    void filesThatAreNoPartOfAModel() {
        assertEquals(
                "LoRA of rank 32, which is merged with: fsvideo weights lora",
                ModelGuess.of(Map.of("diffusion_model.blocks.0.self_attn.q.lora_A.weight", Shape.of(32, 64))));
        assertEquals(
                "several parts of a model in one file; a file of each part opens",
                ModelGuess.of(
                        Map.of("model.diffusion_model.head.modulation", Shape.of(1), "vae.conv1.weight", Shape.of(1))));
        assertEquals(ModelGuess.UNKNOWN, ModelGuess.of(Map.of("blocks.99999999999999.self_attn.q.weight", Shape.of())));
        assertTrue(
                ModelGuess.of(Map.of("blocks.0.self_attn.q.weight", Shape.of())).startsWith("Wan2.1 transformer"));
    }
}
