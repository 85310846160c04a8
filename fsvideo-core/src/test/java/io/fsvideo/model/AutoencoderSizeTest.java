package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.weights.Requests;
import io.fsvideo.weights.Weights;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Parameter counts at full size, without allocating them. */
class AutoencoderSizeTest {
    private static Requests requests(Function<Weights, ?> model) {
        try (Backend backend = Backend.open(TestArena.backendName())) {
            return Weights.requests(backend, model);
        }
    }

    /** Parameters under {@code prefix} in millions, to one decimal. */
    private static double millions(Requests requests, String prefix) {
        long count = requests.shapes().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .mapToLong(entry -> entry.getValue().numel())
                .sum();
        return Math.round(count / 1e5) / 10.0;
    }

    @Test
    void standardHas841Million() {
        Requests requests = requests(w -> new Autoencoder(w, AutoencoderConfig.fsaeStandard()));
        assertEquals(238.9, millions(requests, "encoder."));
        assertEquals(602.1, millions(requests, "decoder."));
        assertEquals(840.9, millions(requests, ""));
        assertEquals(17.8, millions(requests, "decoder.cross_attention."));
        double[] encoder = {1.9, 7.5, 30.1, 17.5, 61.8, 61.8, 54.7};
        double[] decoder = {9.7, 38.9, 70.8, 70.6, 168, 168, 54.7};
        for (int i = 0; i < encoder.length; i++) {
            assertEquals(encoder[i], millions(requests, "encoder.stages." + i + "."), 0.05, "encoder " + i);
            assertEquals(decoder[i], millions(requests, "decoder.stages." + i + "."), 0.5, "decoder " + i);
        }
    }

    @Test
    void liteHas811Million() {
        Requests requests = requests(w -> new Autoencoder(w, AutoencoderConfig.fsaeLite()));
        assertEquals(238.9, millions(requests, "encoder."));
        assertEquals(572.7, millions(requests, "decoder."));
        assertEquals(811.5, millions(requests, ""));
    }

    @Test
    void upsamplerHas235Million() {
        assertEquals(235.4, millions(requests(w -> new LatentUpsampler(w, LatentUpsamplerConfig.fsvideo())), ""));
    }

    @Test
    void sanaHasUpstreamsParameters() {
        Requests requests = requests(w -> new DcAe(w, DcAeConfig.f32c32Sana()));
        assertEquals(312_250_275L, requests.count());
        assertEquals(339, requests.shapes().size());
        assertEquals(153.0, millions(requests, "encoder."));
        assertEquals(159.2, millions(requests, "decoder."));
    }
}
