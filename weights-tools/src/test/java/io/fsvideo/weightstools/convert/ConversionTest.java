package io.fsvideo.weightstools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.ModelPart;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.Weights;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import io.fsvideo.weightstools.pickle.Pickles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
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
