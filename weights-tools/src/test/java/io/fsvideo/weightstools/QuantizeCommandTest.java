package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.SmallModel;
import io.fsvideo.cli.CommandRun;
import io.fsvideo.media.Video;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeCommandTest {
    private static final int ROWS = 5;
    private static final int COLUMNS = 257;

    @TempDir
    Path folder;

    /** Rows of scale 1, 1e-3, 1e3, 0 and one with a single large value. */
    private static float[] matrix() {
        float[] scales = {1, 1e-3f, 1e3f, 0, 1};
        float[] values = new float[ROWS * COLUMNS];
        Random random = new Random(7);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scales[i / COLUMNS]);
        }
        values[values.length - 1] = 30_000;
        return values;
    }

    private Path write(float[] matrix) {
        Map<String, Declared> declared = Map.of(
                "w", new Declared(DType.F32, Shape.of(ROWS, COLUMNS)), "b", new Declared(DType.F32, Shape.of(3)));
        Path file = folder.resolve("in.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of())) {
            writer.write("w", matrix, 0, matrix.length);
            writer.write("b", new float[] {1, 1.001f, 3}, 0, 3);
            writer.commit();
        }
        return file;
    }

    private CommandRun quantize(float[] matrix, String type) {
        return CommandRun.of("weights", "quantize", write(matrix), "--type", type, "--out", folder.resolve("out"));
    }

    /** Half a step of E4M3 is 1/16 of a normal value, and 2^-10 of the scale below the normal ones. */
    @Test
    void eightBitsKeepToHalfAStepOfEachChannel() {
        float[] matrix = matrix();
        CommandRun run = quantize(matrix, "fp8-e4m3");
        assertEquals(0, run.exitCode(), run.err());
        double greatest = 0;
        double errors = 0;
        double squares = 0;
        try (Safetensors out = Safetensors.open(folder.resolve("out"))) {
            assertEquals("F8_E4M3", out.storedType("w"));
            assertEquals("F32", out.storedType("b"), "vectors are kept");
            assertEquals(Shape.of(ROWS), out.shape("w_scale"));
            float[] stored = out.floats("w");
            float[] scale = out.floats("w_scale");
            assertEquals(1, scale[3], "a channel of zeros");
            assertEquals(30_000f / 448, scale[4]);
            for (int i = 0; i < matrix.length; i++) {
                double error = Math.abs(matrix[i] - (double) stored[i] * scale[i / COLUMNS]);
                double bound = Math.max(Math.abs(matrix[i]) / 16.0, scale[i / COLUMNS] * 0x1p-10);
                assertTrue(error <= bound * (1 + 1e-6), matrix[i] + " at " + i + " is off by " + error);
                greatest = Math.max(greatest, error);
                errors += error * error;
                squares += (double) matrix[i] * matrix[i];
            }
        }
        String line = "%-60s %12.4g %12.4g".formatted("w", greatest, Math.sqrt(errors / squares));
        assertTrue(run.out().contains(line), "no '" + line + "' in " + run.out());
        assertTrue(run.out().contains("1 of 3 tensors narrowed to fp8-e4m3"), run.out());
    }

    /** Every part of a model with scales, loaded again: its matrices and kernels are widened on the CPU. */
    @Test
    void aQuantizedModelMakesAVideo() throws IOException {
        Path model = SmallModel.directory();
        Path narrow = folder.resolve("narrow");
        Files.createDirectories(narrow.resolve("tokenizer"));
        for (String file : new String[] {"model_index.json", "tokenizer/tokenizer.json"}) {
            Files.copy(model.resolve(file), narrow.resolve(file));
        }
        for (ModelPart part : SmallModel.config().parts()) {
            CommandRun run = CommandRun.of(
                    "weights",
                    "quantize",
                    model.resolve(part.folder()),
                    "--type",
                    "fp8-e4m3",
                    "--out",
                    narrow.resolve(part.folder()));
            assertEquals(0, run.exitCode(), run.err());
        }
        OpenOptions options = OpenOptions.defaults().withThreads(2);
        try (FsVideo fs = FsVideo.open(narrow, options);
                FsVideo wide = FsVideo.open(model, options)) {
            assertEquals(wide.bytesInUse(), fs.bytesInUse(), "the CPU keeps the model's dtype");
            Video video = fs.generate(SmallModel.request()).video();
            assertEquals(5, video.frames());
            assertFalse(
                    Arrays.equals(wide.generate(SmallModel.request()).video().frame(0), video.frame(0)));
        }
    }

    @Test
    void halvesAreRoundedToNearest() {
        float[] matrix = matrix();
        for (String type : new String[] {"bf16", "f16"}) {
            folder = folder.resolve(type);
            assertTrue(folder.toFile().mkdir());
            CommandRun run = quantize(matrix, type);
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(run.out().contains("2 of 2 tensors narrowed to " + type), run.out());
            try (Safetensors out = Safetensors.open(folder.resolve("out"))) {
                float[] stored = out.floats("w");
                for (int i = 0; i < matrix.length; i++) {
                    float expected = type.equals("bf16")
                            ? Floats.fromBf16(Floats.toBf16(matrix[i]))
                            : Floats.fromF16(Floats.toF16(matrix[i]));
                    assertEquals(expected, stored[i]);
                }
            }
        }
    }

    @Test
    void valuesThatCannotBeHeldAreRefusedAndNothingIsWritten() {
        float[] matrix = matrix();
        matrix[3] = 1e5f;
        assertRefused(quantize(matrix, "f16"), "w must be of values that f16 can hold, got 100000.0");
        matrix[3] = Float.NaN;
        for (String type : new String[] {"bf16", "f16", "fp8-e4m3"}) {
            assertRefused(quantize(matrix, type), "w must be of finite values, got NaN");
        }
        assertEquals(2, quantize(matrix, "int4").exitCode());
    }

    private void assertRefused(CommandRun run, String fact) {
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains(fact), run.err());
        assertFalse(Files.exists(folder.resolve("out")));
    }
}
