package io.fsvideo.demo.evaluate;

import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a linear code of as many numbers keeps of a picture: per block of 64 x 64 pixels the lowest 96 + 16 + 16 coefficients of the
 * cosine transform of Y, Cb and Cr. A trained autoencoder with 128 latent channels has to do better.
 */
final class CosineCode {
    private static final int BLOCK = 64;
    private static final int[] KEPT = {96, 16, 16};
    private static final int CHANNELS = 3;

    /** Rec. 601, rows Y, Cb, Cr. */
    private static final double[][] TO_YCC = {
        {0.299, 0.587, 0.114}, {-0.168736, -0.331264, 0.5}, {0.5, -0.418688, -0.081312}
    };

    private static final double[][] TO_RGB = {{1, 0, 1.402}, {1, -0.344136, -0.714136}, {1, 1.772, 0}};
    private static final double[][] COSINES = cosines();

    private record Frequency(int row, int column) {}

    private CosineCode() {}

    /** PSNR in dB of a picture after the code; sides that are multiples of 64. */
    static double psnr(Image picture) {
        int height = picture.height();
        int width = picture.width();
        float[] rgb = picture.rgb();
        double[][] planes = new double[CHANNELS][height * width];
        for (int i = 0; i < height * width; i++) {
            for (int c = 0; c < CHANNELS; c++) {
                for (int k = 0; k < CHANNELS; k++) {
                    planes[c][i] += TO_YCC[c][k] * rgb[CHANNELS * i + k];
                }
            }
        }
        for (int c = 0; c < CHANNELS; c++) {
            List<Frequency> kept = lowest(KEPT[c]);
            for (int top = 0; top < height; top += BLOCK) {
                for (int left = 0; left < width; left += BLOCK) {
                    code(planes[c], top * width + left, width, kept);
                }
            }
        }
        float[] coded = new float[rgb.length];
        for (int i = 0; i < height * width; i++) {
            for (int c = 0; c < CHANNELS; c++) {
                double value = 0;
                for (int k = 0; k < CHANNELS; k++) {
                    value += TO_RGB[c][k] * planes[k][i];
                }
                coded[CHANNELS * i + c] = (float) (2 * value - 1);
            }
        }
        Video truth = Video.ofFloats(picture.toFloats(), height, width, 1);
        return PictureQuality.psnr(truth, Video.ofFloats(coded, height, width, 1), 0, 1);
    }

    private static List<Frequency> lowest(int count) {
        List<Frequency> all = new ArrayList<>();
        for (int row = 0; row < BLOCK; row++) {
            for (int column = 0; column < BLOCK; column++) {
                all.add(new Frequency(row, column));
            }
        }
        all.sort(Comparator.comparingInt(f -> f.row() * f.row() + f.column() * f.column()));
        return all.subList(0, count);
    }

    /** Replaces a block by the sum of its kept frequencies. */
    private static void code(double[] plane, int from, int width, List<Frequency> kept) {
        double[] sum = new double[BLOCK * BLOCK];
        for (Frequency frequency : kept) {
            double[] down = COSINES[frequency.row()];
            double[] across = COSINES[frequency.column()];
            double coefficient = 0;
            for (int i = 0; i < sum.length; i++) {
                coefficient += plane[from + i / BLOCK * width + i % BLOCK] * down[i / BLOCK] * across[i % BLOCK];
            }
            for (int i = 0; i < sum.length; i++) {
                sum[i] += coefficient * down[i / BLOCK] * across[i % BLOCK];
            }
        }
        for (int i = 0; i < sum.length; i++) {
            plane[from + i / BLOCK * width + i % BLOCK] = sum[i];
        }
    }

    /** Orthonormal: row k is the wave of frequency k. */
    private static double[][] cosines() {
        double[][] cosines = new double[BLOCK][BLOCK];
        for (int k = 0; k < BLOCK; k++) {
            for (int i = 0; i < BLOCK; i++) {
                cosines[k][i] =
                        Math.sqrt((k == 0 ? 1.0 : 2.0) / BLOCK) * Math.cos(Math.PI * k * (2 * i + 1) / (2 * BLOCK));
            }
        }
        return cosines;
    }
}
