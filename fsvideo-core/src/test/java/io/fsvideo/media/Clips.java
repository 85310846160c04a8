package io.fsvideo.media;

import java.util.Map;

/** Clips the video tests share. */
final class Clips {
    static final Map<String, String> METADATA = Map.of("prompt", "caf\u00e9 \"pan\" left \u65e5\u672c\\n", "seed", "7");

    private Clips() {}

    /** Smooth waves that move a few pixels a frame. */
    static Video moving(int frames, int height, int width, int fps) {
        float[] pixels = new float[frames * height * width * 3];
        for (int i = 0; i < pixels.length; i++) {
            int channel = i % 3;
            int x = i / 3 % width;
            int y = i / 3 / width % height;
            int frame = i / 3 / width / height;
            pixels[i] = (float) (0.8 * Math.sin(0.05 * x + 0.1 * frame + 0.03 * y * channel + channel));
        }
        return Video.ofFloats(pixels, height, width, fps).withMetadata(METADATA);
    }

    /** Frames of eight flat 32 x 32 patches, 64 high and 128 wide; colours as 0xRRGGBB. */
    static Video patches(int frames, int... colours) {
        float[] pixels = new float[frames * 64 * 128 * 3];
        for (int i = 0; i < pixels.length; i++) {
            int patch = i / 3 % 128 / 32 + 4 * (i / 3 / 128 % 64 / 32);
            int level = colours[patch] >> 16 - 8 * (i % 3) & 0xff;
            pixels[i] = level / 127.5f - 1;
        }
        return Video.ofFloats(pixels, 64, 128, 24);
    }

    /** Peak signal-to-noise ratio of one frame in dB. */
    static double psnr(byte[] expected, byte[] actual) {
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (expected[i] & 0xff) - (actual[i] & 0xff);
            squares += difference * difference;
        }
        return 10 * Math.log10(255.0 * 255 * expected.length / squares);
    }
}
