package io.fsvideo.family.wan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.FsVideo;
import io.fsvideo.ModelException;
import io.fsvideo.Request;
import io.fsvideo.SmallModel;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.ModelInit;
import io.fsvideo.media.Video;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.sample.Sampler;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wan2.1 directories in Diffusers' layout, opened as they are. */
class DiffusersWanTest {
    @TempDir
    private Path temp;

    /** Texts are padded to 512 rows there, whatever the model. */
    private static WanConfig config(String name) {
        WanConfig tiny = (WanConfig) ModelFamily.model(name);
        ObjectNode dit = tiny.transformer().toJson().put("text_len", 512);
        ObjectNode text = tiny.textEncoder().toJson().put("text_len", 512);
        return new WanConfig(
                tiny.pipeline(),
                TextEncoderConfig.fromJson(text),
                tiny.imageEncoder(),
                tiny.wanVae(),
                null,
                DitConfig.fromJson(dit));
    }

    private Path copy(String name, DType type) throws IOException {
        WanConfig config = config(name);
        Path ours = temp.resolve(name);
        Path theirs = temp.resolve(name + "-Diffusers");
        try (Backend backend = Backend.open("cpu")) {
            ModelInit.write(config, 3, ours, backend);
        }
        DiffusersCopy.write(ours, theirs, config, type);
        return theirs;
    }

    private static Request request(String name) {
        Request request = name.endsWith("t2v")
                ? Request.ofPrompt("a red car drives off")
                : Request.of(SmallModel.picture(64, 96)).withPrompt("a red car drives off");
        request = name.endsWith("flf2v") ? request.withLastImage(SmallModel.picture(50, 90)) : request;
        return request.withFrames(5)
                .withSize(32, 48)
                .withSteps(2)
                .withGuidance(5)
                .withNegativePrompt("");
    }

    private static byte[] frames(Path directory, Request request) {
        try (FsVideo fs = FsVideo.open(directory)) {
            Video video = fs.generate(request).video();
            byte[] all = video.frame(0);
            for (int i = 1; i < video.frames(); i++) {
                byte[] next = video.frame(i);
                int length = all.length;
                all = Arrays.copyOf(all, length + next.length);
                System.arraycopy(next, 0, all, length, next.length);
            }
            return all;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-wan-t2v", "tiny-wan-i2v", "tiny-wan-flf2v"})
    void makesTheVideoOfTheSameWeightsUnderOurNames(String name) throws IOException {
        Path theirs = copy(name, DType.F32);
        WanConfig config = (WanConfig) ModelDirectory.open(theirs).config();
        assertEquals(config(name).transformer(), config.transformer());
        assertEquals(config(name).textEncoder(), config.textEncoder());
        assertEquals(config(name).imageEncoder(), config.imageEncoder());
        assertEquals(config(name).wanVae(), config.wanVae());
        assertEquals(5, config.pipeline().shift());
        assertEquals(Sampler.UNIPC, config.pipeline().sampler());
        assertArrayEquals(frames(temp.resolve(name), request(name)), frames(theirs, request(name)));
        try (Backend backend = Backend.open("cpu")) {
            ModelDirectory.open(theirs).requireFittingWeights(backend);
        }
    }

    @Test
    void readsHalfPrecisionPartsThatArePutTogether() throws IOException {
        assertTrue(frames(copy("tiny-wan-i2v", DType.F16), request("tiny-wan-i2v")).length > 0);
    }

    @Test
    void takesShiftAndSolverFromTheScheduler() throws IOException {
        Path theirs = copy("tiny-wan-t2v", DType.F32);
        Path scheduler = theirs.resolve("scheduler/scheduler_config.json");
        Files.writeString(scheduler, "{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"shift\": 3.0}");
        Defaults defaults = ModelDirectory.open(theirs).config().pipeline();
        assertEquals(3, defaults.shift());
        assertEquals(Sampler.EULER, defaults.sampler());
        Files.writeString(scheduler, "{\"_class_name\": \"LCMScheduler\"}");
        assertRefused(theirs, "got LCMScheduler");
        Files.delete(scheduler);
        assertEquals(8, ModelDirectory.open(theirs).config().pipeline().shift(), "upstream's");
    }

    @Test
    void listsAllThatAHalfDownloadedDirectoryLacks() throws IOException {
        Path theirs = copy("tiny-wan-i2v", DType.F32);
        Files.delete(theirs.resolve("image_encoder/config.json"));
        Files.delete(theirs.resolve("tokenizer/tokenizer.json"));
        Files.delete(theirs.resolve("text_encoder/model.safetensors"));
        Path vae = theirs.resolve("vae/diffusion_pytorch_model.safetensors");
        Files.write(vae, Arrays.copyOf(Files.readAllBytes(vae), 100_000));
        Path dit = theirs.resolve("transformer/diffusion_pytorch_model.safetensors");
        Files.writeString(dit, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        assertRefused(
                theirs,
                "got none of [tokenizer/tokenizer.json, image_encoder/config.json] and weights that cannot be read: [",
                "text_encoder",
                "vae/diffusion_pytorch_model.safetensors",
                "transformer/diffusion_pytorch_model.safetensors is a Git LFS pointer",
                "hf download Wan-AI/Wan2.1-I2V-14B-480P-Diffusers --local-dir " + theirs);
    }

    @Test
    void namesEveryMissingShard() throws IOException {
        Path theirs = copy("tiny-wan-t2v", DType.F32);
        Files.writeString(
                theirs.resolve("transformer/diffusion_pytorch_model.safetensors.index.json"),
                "{\"weight_map\": {\"a\": \"d-1-of-2.safetensors\", \"b\": \"d-2-of-2.safetensors\"}}");
        assertRefused(theirs, "d-1-of-2.safetensors is not there", "d-2-of-2.safetensors is not there", "hf download");
    }

    @Test
    void namesWhatDoesNotFitByOurNames() throws IOException {
        Path theirs = copy("tiny-wan-t2v", DType.F32);
        Path i2v = copy("tiny-wan-i2v", DType.F32);
        Files.copy(
                theirs.resolve("transformer/diffusion_pytorch_model.safetensors"), temp.resolve("saved.safetensors"));
        Files.delete(i2v.resolve("transformer/diffusion_pytorch_model.safetensors"));
        Files.move(temp.resolve("saved.safetensors"), i2v.resolve("transformer/diffusion_pytorch_model.safetensors"));
        String message =
                assertThrows(RuntimeException.class, () -> FsVideo.open(i2v)).getMessage();
        assertTrue(message.contains("img_emb.proj.0.weight"), message);
        assertTrue(message.contains("patch_embedding.weight must be [96, 36"), message);
    }

    @Test
    void refusesWhatOnlyWan22Has() throws IOException {
        Path theirs = copy("tiny-wan-t2v", DType.F32);
        Path index = theirs.resolve("model_index.json");
        Files.writeString(
                index,
                "{\"_class_name\": \"WanPipeline\", \"transformer_2\": [\"diffusers\", \"WanTransformer3DModel\"]}");
        assertRefused(theirs, "must be Wan2.1 with one transformer, got transformer_2");
        Files.writeString(index, "{\"_class_name\": \"WanPipeline\", \"transformer_2\": [null, null]}");
        ModelDirectory.open(theirs);
        Path vae = theirs.resolve("vae/config.json");
        Files.writeString(vae, Files.readString(vae).replace("{\"_class", "{\"is_residual\": true, \"_class"));
        assertRefused(theirs, "vae.is_residual must be false");
    }

    @Test
    void tellsWansOwnDownloadHowToBeConverted() throws IOException {
        Files.writeString(temp.resolve("Wan2.1_VAE.pth"), "");
        assertRefused(temp, "it is Wan2.1's own download", "fsvideo weights convert " + temp);
    }

    private static void assertRefused(Path directory, String... facts) {
        String message = assertThrows(ModelException.class, () -> FsVideo.open(directory))
                .getMessage();
        for (String fact : facts) {
            assertTrue(message.contains(fact), () -> "no '" + fact + "' in: " + message);
        }
    }
}
