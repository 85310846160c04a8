package io.fsvideo.media;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** What stored samples mean, and how they become sRGB: the same step for pictures of all formats. */
final class ColourProfile {
    private static final int MOST_BYTES = 16 << 20;
    private static final int ROWS = 64;
    private static final float MOST = 65535;
    /** Half a level of 8 bits: a profile that changes less says sRGB. */
    private static final float SAME = 0.5f / 255;

    private static final ICC_Profile SRGB = ICC_Profile.getInstance(ColorSpace.CS_sRGB);

    private final int components;
    private final UnaryOperator<float[]> toSrgb;

    private ColourProfile(int components, UnaryOperator<float[]> toSrgb) {
        this.components = components;
        this.toSrgb = toSrgb;
    }

    /** Thrown for a profile that says nothing usable; the picture is then read without it. */
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableException(String message) {
            super(message);
        }
    }

    /** @param components 1, 3 or 4: those of the picture */
    static ColourProfile ofIcc(byte[] bytes, int components) throws UnusableException {
        if (bytes.length > MOST_BYTES) {
            throw new UnusableException("it has more than " + MOST_BYTES + " bytes");
        }
        ICC_Profile profile;
        try {
            profile = ICC_Profile.getInstance(bytes);
            if (profile.getNumComponents() != components) {
                throw new UnusableException(
                        "it is for " + profile.getNumComponents() + " components, the picture has " + components);
            }
            ColorConvertOp convert = new ColorConvertOp(new ICC_Profile[] {profile, SRGB}, null);
            ColourProfile made = new ColourProfile(components, samples -> converted(convert, samples, components));
            made.toSrgb.apply(new float[components]);
            return made;
        } catch (IllegalArgumentException | CMMException e) {
            throw new UnusableException("it cannot be read (" + e.getMessage() + ")");
        }
    }

    private static float[] converted(ColorConvertOp convert, float[] samples, int components) {
        int pixels = samples.length / components;
        WritableRaster from = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, pixels, 1, components, null);
        int[] numbers = new int[samples.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Math.round(samples[i] * MOST);
        }
        from.setPixels(0, 0, pixels, 1, numbers);
        WritableRaster to = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, pixels, 1, 3, null);
        convert.filter(from, to);
        int[] results = to.getPixels(0, 0, pixels, 1, (int[]) null);
        float[] rgb = new float[results.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = results[i] / MOST;
        }
        return rgb;
    }

    /** PNG's cICP: coding-independent code points of ITU-T H.273. */
    static ColourProfile ofCicp(byte[] chunk) throws UnusableException {
        if (chunk.length != 4 || chunk[2] != 0 || chunk[3] != 1) {
            throw new UnusableException("its cICP chunk must say RGB of full range");
        }
        double[] matrix = CodePoints.toSrgbPrimaries(chunk[0]);
        if (matrix == null || !CodePoints.isTransfer(chunk[1])) {
            throw new UnusableException("its cICP chunk says primaries " + chunk[0] + " and transfer " + chunk[1]
                    + ", of which the first must be 1, 9 or 12 and the second 1, 4, 5, 6, 8, 13, 14 or 15");
        }
        return new ColourProfile(3, samples -> CodePoints.convert(samples, matrix, chunk[1]));
    }

    /** Whether it leaves colours as they are, so that stored numbers need not be touched. */
    boolean isSrgb() {
        if (components != 3) {
            return false;
        }
        float[] grid = new float[3 * 125];
        for (int i = 0; i < 125; i++) {
            grid[3 * i] = i % 5 / 4f;
            grid[3 * i + 1] = i / 5 % 5 / 4f;
            grid[3 * i + 2] = i / 25 / 4f;
        }
        float[] after = toSrgb.apply(grid);
        for (int i = 0; i < grid.length; i++) {
            if (Math.abs(after[i] - grid[i]) > SAME) {
                return false;
            }
        }
        return true;
    }

    /**
     * Converts whole rows.
     *
     * @param samples {@code [height, width, components]} in [0, 1]; of four components the ink, 1 all of it
     * @return {@code [height, width, 3]} sRGB
     */
    float[] convert(float[] samples, int width) {
        int block = ROWS * width * components;
        float[] rgb = new float[samples.length / components * 3];
        for (int done = 0; done < samples.length; done += block) {
            float[] rows = Arrays.copyOfRange(samples, done, Math.min(samples.length, done + block));
            float[] converted = toSrgb.apply(rows);
            System.arraycopy(converted, 0, rgb, done / components * 3, converted.length);
        }
        return rgb;
    }
}
