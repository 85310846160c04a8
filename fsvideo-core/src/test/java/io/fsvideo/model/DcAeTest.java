package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.model.DcAeConfig.NormKind;
import io.fsvideo.model.DcAeConfig.Resampler;
import io.fsvideo.model.DcAeConfig.Stage;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Requests;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DC-AE's variants beyond the reference run. */
@ExtendWith(TestArena.class)
class DcAeTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The same architecture as a {@link SmallAutoencoder} without temporal factors, for images. */
    private static DcAeConfig twin(AutoencoderConfig config) {
        List<Stage> encoder = config.encoder().stream().map(DcAeTest::stage).toList();
        List<Stage> decoder = config.decoder().stream().map(DcAeTest::stage).toList();
        return new DcAeConfig(
                config.latentChannels(),
                3,
                config.attentionDim(),
                config.normEps(),
                config.attentionEps(),
                1,
                new DcAeConfig.Encoder(encoder, Resampler.CONV_PIXEL_UNSHUFFLE, true, null, Activation.NONE, true),
                new DcAeConfig.Decoder(
                        decoder, Resampler.CONV_PIXEL_SHUFFLE, true, true, NormKind.TRMS2D, Activation.RELU));
    }

    private static Stage stage(StageConfig size) {
        StageConfig filled = new StageConfig(size.width(), Math.max(1, size.depth()), size.block());
        return new Stage(filled, NormKind.TRMS2D, Activation.SILU);
    }

    private static AutoencoderConfig imageSized() {
        AutoencoderConfig small = SmallAutoencoder.config(List.of(1, 1, 1, 1, 1, 1), DecoderTime.SAME);
        List<StageConfig> decoder =
                small.decoder().stream().map(DcAeTest::stage).map(Stage::size).toList();
        return new AutoencoderConfig(
                small.latentChannels(),
                small.attentionDim(),
                small.linearCrossDim(),
                small.softmaxCrossDim(),
                small.temporalFactor(),
                small.featureStages(),
                small.encoder(),
                decoder,
                small.decoderTime(),
                small.crossAttention(),
                1e-8f,
                1e-15f,
                4,
                5,
                0.05f,
                1);
    }

    /** Random kernels without a time axis, repeated along it and divided by its length, so that a still clip sees the same kernel. */
    private record Inflated(TensorSource images) implements TensorSource {
        @Override
        public String description() {
            return "inflated " + images.description();
        }

        @Override
        public Map<String, Shape> shapes() {
            return null;
        }

        @Override
        public Tensor load(Arena arena, String key, Shape shape) {
            if (shape.rank() != 5) {
                return images.load(arena, key, shape);
            }
            int taps = (int) shape.dim(2);
            try (Arena t = arena.child(key)) {
                Shape flat = Shape.of(shape.dim(0), shape.dim(1), shape.dim(3), shape.dim(4));
                Tensor kernel =
                        images.load(t, key, flat).reshape(shape.with(2, 1).toArray());
                Tensor share = t.weightedSum(new float[] {1f / taps}, List.of(kernel));
                return t.keep(t.concat(2, java.util.Collections.nCopies(taps, share)));
            }
        }
    }

    @Test
    void equalsTheVideoAutoencoderOnOneFrame(Arena a) {
        AutoencoderConfig config = imageSized();
        TensorSource source = new RandomSource(8);
        Autoencoder video = Weights.load(a, new Inflated(source), DType.F32, w -> new Autoencoder(w, config));
        DcAe image = Weights.load(a, source, DType.F32, w -> new DcAe(w, twin(config)));
        Tensor frame = a.noise(DType.F32, 2, 0, 2, 1, 64, 128, 3);
        Tensor latent = image.encode(a, frame);
        assertClose(video.encode(a, frame).latent(), latent);
        assertClose(video.decode(a, latent, null), image.decode(a, latent));
    }

    /** Both sum the same products in another order; 1e-5 of the largest value is 80 times F32's rounding. */
    private static void assertClose(Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        float[] want = expected.toFloats();
        float[] got = actual.toFloats();
        float largest = 0;
        for (float value : want) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertTrue(largest > 0, "values");
        for (int i = 0; i < want.length; i++) {
            assertTrue(
                    Math.abs(want[i] - got[i]) <= 1e-5 * largest, "element " + i + ": " + want[i] + " and " + got[i]);
        }
    }

    private static DcAeConfig f64(int... widths) {
        int[] depths = {0, 1, 1, 1, 1, 1, 1};
        List<Stage> encoder = new java.util.ArrayList<>();
        List<Stage> decoder = new java.util.ArrayList<>();
        for (int i = 0; i < depths.length; i++) {
            StageConfig size = new StageConfig(widths[i], depths[i], i < 3 ? Block.RES_BLOCK : Block.EVIT_GLU);
            encoder.add(new Stage(size, NormKind.TRMS2D, Activation.SILU));
            decoder.add(i < 3 ? new Stage(size, NormKind.BN2D, Activation.RELU) : encoder.get(i));
        }
        return new DcAeConfig(
                8,
                3,
                8,
                1e-5f,
                1e-15f,
                1,
                new DcAeConfig.Encoder(encoder, Resampler.CONV_PIXEL_UNSHUFFLE, true, null, Activation.NONE, true),
                new DcAeConfig.Decoder(
                        decoder, Resampler.CONV_PIXEL_SHUFFLE, true, true, NormKind.TRMS2D, Activation.RELU));
    }

    @Test
    void namesTheParametersOfF64AsUpstream(Arena a) {
        DcAeConfig config = f64(4, 8, 8, 8, 16, 16, 32);
        Map<String, Shape> shapes =
                Weights.requests(a.backend(), w -> new DcAe(w, config)).shapes();
        assertEquals(Shape.of(2, 3, 3, 3), shapes.get("encoder.project_in.conv.conv.weight"));
        assertEquals(Shape.of(12, 8, 3, 3), shapes.get("decoder.project_out.op_list.2.conv.conv.weight"));
        assertEquals(Shape.of(8), shapes.get("decoder.project_out.op_list.0.weight"));
        assertEquals(Shape.of(8), shapes.get("decoder.stages.1.op_list.1.main.conv2.norm.running_var"));
        assertEquals(
                Shape.of(32, 32, 1, 1), shapes.get("encoder.stages.6.op_list.0.context_module.main.proj.conv.weight"));
        assertTrue(shapes.keySet().stream().noneMatch(key -> key.contains("aggreg") || key.contains(".stages.0.")));
    }

    /** Sizes of the published files' widths and depths; in and mix have the same. */
    @Test
    void publishedSizesOpen(Arena a) {
        Map<String, Shape> shapes = Weights.requests(a.backend(), w -> new DcAe(w, DcAeConfig.f64c128()))
                .shapes();
        assertEquals(Shape.of(64, 3, 3, 3), shapes.get("encoder.project_in.conv.conv.weight"));
        assertEquals(Shape.of(128, 2048, 3, 3), shapes.get("encoder.project_out.main.op_list.0.conv.weight"));
        assertEquals(
                Shape.of(6144, 2048, 1, 1),
                shapes.get("encoder.stages.6.op_list.1.context_module.main.qkv.conv.weight"));
        assertEquals(Shape.of(512), shapes.get("decoder.stages.2.op_list.10.main.conv2.norm.running_mean"));
        assertTrue(shapes.keySet().stream().noneMatch(key -> key.contains("stages.2.op_list.11.")));
        assertEquals(32, DcAeConfig.f32c32().spatialFactor());
        assertEquals(64, DcAeConfig.f64c128().spatialFactor());
        assertEquals(128, DcAeConfig.f128c512().spatialFactor());
        Weights.requests(a.backend(), w -> new DcAe(w, DcAeConfig.f128c512()));
    }

    @Test
    void runsF64(Arena a) {
        DcAe model = Weights.load(a, new RandomSource(1), DType.F32, w -> new DcAe(w, f64(4, 8, 8, 8, 16, 16, 32)));
        Tensor image = a.noise(DType.F32, 2, 0, 1, 1, 128, 64, 3);
        Tensor latent = model.encode(a, image);
        assertArrayEquals(new long[] {1, 1, 2, 1, 8}, latent.shape().toArray());
        Tensor decoded = model.decode(a, latent);
        assertArrayEquals(new long[] {1, 1, 128, 64, 3}, decoded.shape().toArray());
        float[] values = decoded.toFloats();
        boolean finite = true;
        for (float value : values) {
            finite &= Float.isFinite(value);
        }
        assertTrue(finite, "finite");
        assertFalse(values[0] == values[1] && values[1] == values[2], "constant");
    }

    @Test
    void leavesOutShortcutsThatAreNull(Arena a) throws IOException {
        ObjectNode model = goldenModel();
        ((ObjectNode) model.get("encoder")).putNull("out_shortcut").putNull("downsample_shortcut");
        ((ObjectNode) model.get("decoder"))
                .putNull("in_shortcut")
                .putNull("upsample_shortcut")
                .putNull("out_norm")
                .putNull("out_act");
        DcAeConfig config = DcAeConfig.fromJson(model);
        Requests requests = Weights.requests(a.backend(), w -> new DcAe(w, config));
        for (String key : List.of(
                "encoder.stages.0.op_list.1.conv.weight",
                "encoder.project_out.op_list.0.conv.weight",
                "decoder.project_in.conv.weight",
                "decoder.stages.0.op_list.0.conv.conv.weight",
                "decoder.project_out.op_list.0.conv.weight")) {
            assertTrue(requests.shapes().containsKey(key), key);
        }
        DcAe plain = Weights.load(a, new RandomSource(1), DType.F32, w -> new DcAe(w, config));
        assertEquals(
                Shape.of(1, 1, 2, 2, 8),
                plain.encode(a, a.noise(DType.F32, 2, 0, 1, 1, 64, 64, 3)).shape());
    }

    private static ObjectNode goldenModel() throws IOException {
        return MAPPER.readTree(
                        Path.of("src/test/resources/golden/dcae/config.json").toFile())
                .path("model")
                .deepCopy();
    }

    @Test
    void survivesJson() throws IOException {
        for (DcAeConfig config :
                List.of(DcAeConfig.f32c32Sana(), f64(4, 8, 8, 8, 16, 16, 32), DcAeConfig.fromJson(goldenModel()))) {
            assertEquals(
                    config, DcAeConfig.fromJson(MAPPER.readTree(config.toJson().toString())));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "encoder; double_latent; true; config: model.encoder.double_latent must be false, got true",
                "encoder; norm; \"ln2d\"; config: model.encoder.norm must be trms2d or bn2d, got \"ln2d\"",
                "decoder; act; \"relu\"; config: decoder act must be silu in stages of EViTS5_GLU, got RELU",
                "decoder; act; \"gelu\"; config: model.decoder.act must be silu or relu, got \"gelu\"",
                "encoder; downsample_shortcut; \"max\"; config: model.encoder.downsample_shortcut must be averaging or null,"
                        + " got \"max\"",
                "decoder; upsample_block_type; \"Conv\"; config: upsample_block_type must be InterpolateConv or"
                        + " ConvPixelShuffle, got CONV",
                "decoder; upsample_match_channel; false; config: model.decoder.upsample_match_channel must be true,"
                        + " got false",
                "encoder; depth_list; [1,0,1,1,1,1]; config: encoder depth_list must be >= 1 but in stage 0 of several,"
                        + " got 0 in stage 1",
                "encoder; width_list; [8,8,16,32]; config: model.encoder.block_type must be a string or 4 of them, got"
                        + " [\"ResBlock\",\"ResBlock\",\"ResBlock\",\"EViTS5_GLU\",\"EViTS5_GLU\",\"EViTS5_GLU\"]"
            })
    void refusesWhatDoesNotFit(String part, String key, String value, String message) throws IOException {
        ObjectNode model = goldenModel();
        ((ObjectNode) model.get(part)).set(key, MAPPER.readTree(value));
        assertEquals(
                message,
                assertThrows(ConfigException.class, () -> DcAeConfig.fromJson(model))
                        .getMessage());
    }

    @Test
    void refusesImagesOfAnotherSize(Arena a) throws IOException {
        DcAeConfig config = DcAeConfig.fromJson(goldenModel());
        DcAe model = Weights.load(a, new RandomSource(1), DType.F32, w -> new DcAe(w, config));
        Tensor image = a.fill(DType.F32, 0, 1, 1, 48, 64, 3).named("image");
        assertEquals(
                "encode: image must be [batch, frames, height, width, 3] with height and width multiples of 32, got image"
                        + " [1, 1, 48, 64, 3] F32",
                assertThrows(ShapeException.class, () -> model.encode(a, image)).getMessage());
        assertEquals(
                "decode: latent must be [batch, frames, height, width, 8], got image [1, 1, 48, 64, 3] F32",
                assertThrows(ShapeException.class, () -> model.decode(a, image)).getMessage());
    }
}
