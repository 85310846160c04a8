package io.fsvideo.family.fsvideo;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.Collections;
import java.util.List;

/**
 * How far the refiner should trust its condition: 1 for the first latent, which the encoder made; for the others a confidence that
 * falls as the upsampler's error on this very image grows, {@code m = high - (high - low) min(1, e / errorMax)} with
 * {@code e = mean over channels |encoded - upsampled|} of the first latent. FSVideo report 2.4; the formula is this library's.
 *
 * @param low confidence where the error is {@code errorMax} or more
 * @param high confidence where there is no error
 */
record DynamicMask(float low, float high, float errorMax) {
    /** Equal channels of the mask between noise and condition, as many as Wan2.1 has. */
    static final int CHANNELS = 4;

    /**
     * @param encoded first latent of the full-size image, {@code [1, 1, height, width, channels]}
     * @param upsampled the same from the half-size image through the upsampler
     * @return {@code [1, 1, height, width, 4]}
     */
    Tensor confidence(Arena a, Tensor encoded, Tensor upsampled) {
        float[] x = encoded.toFloats();
        float[] y = upsampled.toFloats();
        int channels = (int) encoded.dim(-1);
        float[] mask = new float[x.length / channels * CHANNELS];
        for (int p = 0; p < x.length / channels; p++) {
            double error = 0;
            for (int c = 0; c < channels; c++) {
                error += Math.abs(x[p * channels + c] - y[p * channels + c]);
            }
            float confidence = (float) (high - (high - low) * Math.min(1, error / channels / errorMax));
            for (int c = 0; c < CHANNELS; c++) {
                mask[p * CHANNELS + c] = confidence;
            }
        }
        return a.of(
                "confidence",
                encoded.dtype(),
                mask,
                encoded.shape().with(-1, CHANNELS).toArray());
    }

    /**
     * Mask and condition of the base model: the first latent is known, nothing else.
     *
     * @param first {@code [1, 1, height, width, channels]}
     * @return {@code [1, frames, height, width, 4 + channels]}
     */
    static Tensor firstFrameOnly(Arena a, Tensor first, int frames) {
        try (Arena t = a.child("condition")) {
            Tensor known = withMask(t, first, 1);
            Tensor unknown =
                    t.fill(known.dtype(), 0, known.shape().with(1, frames - 1).toArray());
            return t.keep(t.concat(1, List.of(known, unknown)));
        }
    }

    /**
     * Mask and condition of the refiner: the encoder's first latent, then the draft with its confidence.
     *
     * @param first {@code [1, 1, height, width, channels]}
     * @param draft {@code [1, frames, height, width, channels]}; its first frame is not used
     * @return {@code [1, frames, height, width, 4 + channels]}
     */
    Tensor withDraft(Arena a, Tensor first, Tensor draft, Tensor confidence) {
        try (Arena t = a.child("condition")) {
            int later = (int) draft.dim(1) - 1;
            if (later == 0) {
                return t.keep(withMask(t, first, 1));
            }
            Tensor mask = t.concat(1, Collections.nCopies(later, confidence));
            Tensor rest = t.concat(-1, List.of(mask, t.slice(draft, 1, 1, draft.dim(1))));
            return t.keep(t.concat(1, List.of(withMask(t, first, 1), rest)));
        }
    }

    private static Tensor withMask(Arena t, Tensor latent, float value) {
        Tensor mask =
                t.fill(latent.dtype(), value, latent.shape().with(-1, CHANNELS).toArray());
        return t.concat(-1, List.of(mask, latent));
    }
}
