package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.Encoded;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The model in BF16 stays near itself in F32. Linear attention jumps where all of a query is negative, so that one rounding may turn an
 * output around; an epsilon of the denominators' size takes the jump away.
 */
@ExtendWith(TestArena.class)
class AutoencoderPrecisionTest {
    /** BF16 keeps 8 bits: 0.4 % per rounding, about 40 roundings in series, growing with their root. */
    private static final double RELATIVE_RMS = 0.03;

    private static final double SMOOTH = 1;

    private static Tensor reconstruct(Arena a, DType dtype, Golden golden) {
        ObjectNode model = golden.config().path("model").deepCopy();
        AutoencoderConfig config = AutoencoderConfig.fromJson(model.put("attention_eps", SMOOTH));
        Autoencoder autoencoder = Weights.load(a, golden.weights(), dtype, w -> new Autoencoder(w, config));
        Encoded encoded = autoencoder.encode(a, golden.clip(a, "input.video"));
        return autoencoder.decode(a, encoded.latent(), encoded.features());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fsae-standard", "fsae-lite"})
    void brainFloatIsClose(String name, Arena a) {
        try (Golden golden = Golden.open(Path.of("../fsvideo-core/src/test/resources/golden", name))) {
            assertClose(reconstruct(a, DType.F32, golden).toFloats(), reconstruct(a, DType.BF16, golden));
        }
    }

    private static void assertClose(float[] exact, Tensor rounded) {
        assertEquals(DType.BF16, rounded.dtype());
        float[] values = rounded.toFloats();
        double error = 0;
        double power = 0;
        for (int i = 0; i < exact.length; i++) {
            error += Math.pow(values[i] - exact[i], 2);
            power += Math.pow(exact[i], 2);
        }
        double relative = Math.sqrt(error / power);
        assertTrue(relative <= RELATIVE_RMS && relative > 0, () -> "relative rms " + relative);
    }
}
