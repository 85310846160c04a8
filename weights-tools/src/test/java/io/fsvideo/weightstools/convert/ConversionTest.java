package io.fsvideo.weightstools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.DcAeV;
import io.fsvideo.model.DcAeVConfig;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.model.WanVae;
import io.fsvideo.model.WanVaeConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Pickles;
import io.fsvideo.weights.Weights;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that PyTorch wrote in the layouts of Wan2.1's files. */
class ConversionTest {
    @TempDir
    Path folder;

    private static ModelPart textEncoder() {
        TextEncoderConfig config = new TextEncoderConfig(16, 8, 8, 12, 2, 1, 8, 128, 16, 1e-6f);
        return ModelPart.of(config.toJson(), w -> new TextEncoder(w, config), DType.BF16);
    }

    private static ModelPart imageEncoder() {
        ImageEncoderConfig config =
                new ImageEncoderConfig(4, 2, 8, 4, 2, 2, 1e-5f, List.of(0.5f, 0.5f, 0.5f), List.of(1f, 1f, 1f));
        return ModelPart.of(config.toJson(), w -> new ImageEncoder(w, config), DType.F16);
    }

    private Conversion convert(Path source, ModelPart part) throws IOException {
        try (Backend backend = Backend.open("cpu");
                TensorFile file = Source.open(source)) {
            Conversion conversion = new Conversion(file, part, backend);
            assertEquals(1, conversion.write(folder, ShardWriter.USUAL_BYTES, (done, all) -> {}));
            return conversion;
        }
    }

    private void assertKept(Path source, String type) {
        try (TensorFile before = Source.open(source);
                Checkpoint after = Checkpoint.open(folder)) {
            for (StoredInfo info : after.tensors()) {
                assertEquals(type, info.type());
                assertTrue(before.tensors().contains(info), info.toString());
                assertArrayEquals(SameTensors.bytes(before, info), SameTensors.bytes(after, info), info.name());
            }
        }
    }

    @Test
    void umt5KeepsItsBf16() throws IOException {
        Path source = Pickles.MADE.resolve("umt5.pth");
        Conversion conversion = convert(source, textEncoder());
        assertEquals(0, conversion.dropped());
        assertEquals(12, conversion.count());
        assertKept(source, "BF16");
    }

    @Test
    void clipLeavesItsTextTowerAndLastLayerBehind() throws IOException {
        Path source = Pickles.MADE.resolve("clip.pth");
        Conversion conversion = convert(source, imageEncoder());
        assertEquals(7, conversion.dropped(), "log_scale, textual.*, visual.head, post_norm and the last block");
        assertKept(source, "F16");
    }

    private static final Path GOLDENS = Path.of("../fsvideo-core/src/test/resources/golden");

    private static ObjectNode config(String golden) throws IOException {
        return (ObjectNode) new ObjectMapper()
                .readTree(Files.readString(GOLDENS.resolve(golden).resolve("config.json")));
    }

    /** Every name of the golden, which upstream's own class wrote, and no other. */
    private void assertWhole(Path source, ModelPart part, String golden, String type) throws IOException {
        Conversion conversion = convert(source, part);
        assertEquals(0, conversion.dropped());
        assertKept(source, type);
        try (Checkpoint expected = Checkpoint.open(GOLDENS.resolve(golden).resolve("weights.safetensors"));
                Checkpoint after = Checkpoint.open(folder)) {
            assertEquals(shapes(expected), shapes(after));
        }
    }

    private static Map<String, Shape> shapes(TensorFile file) {
        return file.tensors().stream().collect(Collectors.toMap(StoredInfo::name, StoredInfo::shape));
    }

    @Test
    void wansTransformerIsTakenWhole() throws IOException {
        DitConfig config = DitConfig.fromJson(config("wan-i2v"));
        ModelPart part = ModelPart.of(config.toJson(), w -> new Dit(w, config), DType.BF16);
        assertWhole(Pickles.MADE.resolve("wan-dit.pth"), part, "wan-i2v", "BF16");
    }

    @Test
    void wansAutoencoderIsTakenWhole() throws IOException {
        WanVaeConfig config = WanVaeConfig.fromJson(config("wan-vae"));
        ModelPart part = ModelPart.of(config.toJson(), w -> new WanVae(w, config), DType.F32);
        assertWhole(Pickles.MADE.resolve("wan-vae.pth"), part, "wan-vae", "F32");
    }

    @Test
    void theFirstAverageOfDcAeVIsTaken() throws IOException {
        ObjectNode golden = config("dcaev");
        ObjectNode model =
                ((ObjectNode) golden.path("model")).put("temporal_factor", 4).put("scaling_factor", 1);
        model.set("chunk_size", golden.path("chunk_size"));
        model.set("norm_eps", golden.path("norm_eps"));
        DcAeVConfig config = DcAeVConfig.fromJson(model);
        ModelPart part = ModelPart.of(config.toJson(), w -> new DcAeV(w, config), DType.BF16);
        assertWhole(Pickles.MADE.resolve("dc-ae-v.pt"), part, "dcaev", "BF16");
    }

    private static ModelPart oneTensor(String name, long... shape) {
        Function<Weights, Object> constructor = w -> {
            List.of("float32", "float16", "bfloat16", "int64", "int32", "uint8", "scalar", "empty", "row", "parameter")
                    .stream()
                    .filter(other -> !other.equals(name))
                    .forEach(w::ignore);
            w.ignore(name.equals("float64") ? "int64" : "float64");
            return w.tensor(name, shape);
        };
        return ModelPart.of(textEncoder().config(), constructor, DType.F32);
    }

    @Test
    void doublesBecomeFloats() throws IOException {
        Path source = Pickles.MADE.resolve("types.pth");
        Conversion conversion = convert(source, oneTensor("float64", 3, 5));
        assertEquals(1, conversion.narrowed());
        assertEquals(60, conversion.bytes());
        try (TensorFile before = Source.open(source);
                Checkpoint after = Checkpoint.open(folder)) {
            StoredInfo floats = before.tensors().stream()
                    .filter(info -> info.name().equals("float32"))
                    .findFirst()
                    .orElseThrow();
            ByteBuffer narrowed = ByteBuffer.allocate(60).order(ByteOrder.LITTLE_ENDIAN);
            after.read("float64", 0, narrowed);
            assertArrayEquals(SameTensors.bytes(before, floats), narrowed.array());
        }
    }

    @Test
    void integersAreNoParameters() {
        WeightsException e = assertThrows(
                WeightsException.class, () -> convert(Pickles.MADE.resolve("types.pth"), oneTensor("int64", 7)));
        assertTrue(e.getMessage().contains("int64 must be of one of"), e.getMessage());
    }
}
