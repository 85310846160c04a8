package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.SmallModel;
import io.fsvideo.Stage;
import io.fsvideo.nn.Linear;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.LinearWeights;
import io.fsvideo.weights.Offload;
import io.fsvideo.weights.RenamedSource;
import io.fsvideo.weights.Residence;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Linear weights kept as FP8 with a scale per output: from a checkpoint that has them so, and quantized while they are loaded. */
class LinearWeightsTest {
    private static final int OUT = 5;
    private static final int IN = 48;
    private static final double LARGEST = 448;
    /** Half a step of four bits; results are rounded to BF16 besides. */
    private static final double HALF_STEP = 1.0 / 16 + 1.0 / 256;
    /** Half a step of the codes below the normal ones. */
    private static final double SMALLEST_HALF_STEP = 0x1p-10;

    @TempDir
    Path folder;

    /** Rows of scale 1, 1e-3, 1e3, 0 and one with a single large value. */
    private static float[] matrix() {
        float[] scales = {1, 1e-3f, 1e3f, 0, 1};
        float[] values = new float[OUT * IN];
        Random random = new Random(7);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scales[i / IN]);
        }
        values[values.length - 1] = 300;
        return values;
    }

    private static double greatest(float[] matrix, int row) {
        double greatest = 0;
        for (int i = row * IN; i < (row + 1) * IN; i++) {
            greatest = Math.max(greatest, Math.abs(matrix[i]));
        }
        return greatest;
    }

    private Path write(LinearWeights kept) {
        float[] matrix = matrix();
        float[] scales = new float[OUT];
        for (int i = 0; i < matrix.length; i++) {
            double greatest = greatest(matrix(), i / IN);
            scales[i / IN] = greatest == 0 ? 1 : (float) (greatest / LARGEST);
            matrix[i] = kept == LinearWeights.FP8 ? matrix[i] : matrix[i] / scales[i / IN];
        }
        Path file = folder.resolve("model.safetensors");
        Map<String, Declared> declared = kept == LinearWeights.FP8
                ? Map.of("weight", new Declared(DType.F32, Shape.of(OUT, IN)))
                : Map.of(
                        "weight", new Declared(DType.F8_E4M3, Shape.of(OUT, IN)),
                        "weight_scale", new Declared(DType.F32, Shape.of(OUT)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of())) {
            writer.write("weight", matrix, 0, matrix.length);
            if (declared.size() > 1) {
                writer.write("weight_scale", scales, 0, OUT);
            }
            writer.commit();
        }
        return file;
    }

    /** Each weight by itself, as the product with a row that is 1 in one place, which FP8 holds exactly. */
    private void keepsToHalfAStep(LinearWeights kept) {
        float[] matrix = matrix();
        try (Backend backend = Backend.open("cuda-emulated");
                Residence residence = new Residence(backend, "linear", Offload.NONE, kept);
                Safetensors file = Safetensors.open(write(kept))) {
            Linear linear =
                    Weights.load(residence, new RenamedSource(file), DType.BF16, w -> Linear.withoutBias(w, IN, OUT));
            assertEquals(DType.F8_E4M3, linear.weight().dtype());
            assertEquals(OUT * IN + 4 * OUT, residence.bytes());
            try (Arena a = Arena.root(backend, "test")) {
                float[] one = new float[IN * IN];
                for (int i = 0; i < IN; i++) {
                    one[i * IN + i] = 1;
                }
                Tensor x = a.of("x", DType.BF16, one, IN, IN);
                float[] actual = linear.forward(a, x).toFloats();
                for (int i = 0; i < matrix.length; i++) {
                    double scale = greatest(matrix, i / IN) / LARGEST;
                    double most = Math.max(Math.abs(matrix[i]) * HALF_STEP, scale * SMALLEST_HALF_STEP);
                    double error = Math.abs(actual[i % IN * OUT + i / IN] - matrix[i]);
                    assertTrue(error <= most, i + ": " + error + " of " + matrix[i] + ", at most " + most);
                }
            }
        }
    }

    @Test
    void asTheCheckpointHasThem() {
        keepsToHalfAStep(LinearWeights.STORED);
    }

    @Test
    void quantizedWhileTheyAreLoaded() {
        keepsToHalfAStep(LinearWeights.FP8);
    }

    /** Every stage that multiplies such weights; decoding, the slowest to emulate, has none. */
    @Test
    void aGenerationRuns() {
        OpenOptions options =
                OpenOptions.defaults().withBackend("cuda-emulated").withDType(DType.BF16);
        long wide;
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options)) {
            wide = fs.bytesInUse();
        }
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options.withLinearWeights(LinearWeights.FP8))) {
            assertEquals(fs.plan(SmallModel.request()).weightBytes(), fs.bytesInUse());
            assertTrue(fs.bytesInUse() < wide, fs.bytesInUse() + " of " + wide + " bytes");
            List<Stage> stages = new ArrayList<>();
            assertThrows(
                    CancelledException.class,
                    () -> fs.generate(SmallModel.request(), ProgressListener.inStep(progress -> {
                        stages.add(progress.stage());
                        if (progress.stage() == Stage.DECODE) {
                            throw new CancelledException("asked to");
                        }
                    })));
            assertTrue(stages.containsAll(List.of(Stage.TEXT, Stage.IMAGE, Stage.BASE, Stage.REFINE)));
        }
    }
}
