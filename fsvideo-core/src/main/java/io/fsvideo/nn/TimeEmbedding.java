package io.fsvideo.nn;

/** Sinusoidal features of the diffusion time, in binary64 on the host. Source: Wan2.1 wan/modules/model.py @9737cba. */
public final class TimeEmbedding {
    private static final double BASE = 10000;

    private TimeEmbedding() {}

    /**
     * Cosines, then sines of {@code time / 10000^(2 i / freqDim)}.
     *
     * @param times 0 .. 1000, one per batch entry, not scaled
     * @return {@code [batch, freqDim]}, row by row
     */
    public static float[] sinusoid(float[] times, int freqDim) {
        int half = freqDim / 2;
        float[] features = new float[times.length * freqDim];
        for (int b = 0; b < times.length; b++) {
            for (int i = 0; i < half; i++) {
                double angle = times[b] * Math.pow(BASE, -(double) i / half);
                features[b * freqDim + i] = (float) Math.cos(angle);
                features[b * freqDim + half + i] = (float) Math.sin(angle);
            }
        }
        return features;
    }
}
