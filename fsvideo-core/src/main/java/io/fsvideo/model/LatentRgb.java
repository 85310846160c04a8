package io.fsvideo.model;

import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.WeightsException;
import java.nio.file.Path;

/**
 * A linear map from a latent, as a transformer sees it, to the pixels that it stands for, on a small scale: what previews are made with.
 * It works on the host. A map belongs to the autoencoder that it was fitted to.
 *
 * @since 0.1
 */
public final class LatentRgb {
    /** Wan2.1's, one pixel per latent: Comfy-Org/ComfyUI 9a9a69f comfy/latent_formats.py, Wan21. Rows are channels. */
    private static final float[][] WAN21 = {
        {-0.1299f, -0.1692f, 0.2932f},
        {0.0671f, 0.0406f, 0.0442f},
        {0.3568f, 0.2548f, 0.1747f},
        {0.0372f, 0.2344f, 0.1420f},
        {0.0313f, 0.0189f, -0.0328f},
        {0.0296f, -0.0956f, -0.0665f},
        {-0.3477f, -0.4059f, -0.2925f},
        {0.0166f, 0.1902f, 0.1975f},
        {-0.0412f, 0.0267f, -0.1364f},
        {-0.1293f, 0.0740f, 0.1636f},
        {0.0680f, 0.3019f, 0.1128f},
        {0.0032f, 0.0581f, 0.0639f},
        {-0.1251f, 0.0927f, 0.1699f},
        {0.0060f, -0.0633f, 0.0005f},
        {0.3477f, 0.2275f, 0.2950f},
        {0.1984f, 0.0913f, 0.1861f}
    };

    private static final float[] WAN21_BIAS = {-0.1835f, -0.0868f, -0.3360f};
    private static final int RGB = 3;
    private static final int RANK = 5;

    private final int frames;
    private final int height;
    private final int width;
    private final int channels;
    private final float[] weight;
    private final float[] bias;

    /**
     * Makes a map of one's own.
     *
     * @param shape {@code [frames, height, width, 3, channels]}: pictures per latent frame, pixels per latent, channels of the latents
     * @param weight numbers of this shape
     * @param bias {@code [frames, height, width, 3]}, in colours from -1 to 1
     * @throws ConfigException when the numbers are not of these shapes, or are none
     */
    public LatentRgb(Shape shape, float[] weight, float[] bias) {
        if (shape.rank() != RANK || shape.dim(3) != RGB || shape.numel() < 1 || shape.numel() != weight.length) {
            throw new ConfigException(
                    "latent to RGB: weight must be [frames, height, width, 3, channels], got " + shape);
        }
        for (int axis = 0; axis < RGB; axis++) {
            Limits.atMost(Limits.SIDE, "sides of latent to RGB", shape.dim(axis));
        }
        if (bias.length != weight.length / shape.dim(4)) {
            throw new ConfigException("latent to RGB: bias must be [frames, height, width, 3] of the weight's " + shape
                    + ", got " + bias.length + " numbers");
        }
        requireFinite("weight", weight);
        requireFinite("bias", bias);
        frames = (int) shape.dim(0);
        height = (int) shape.dim(1);
        width = (int) shape.dim(2);
        channels = (int) shape.dim(4);
        this.weight = weight.clone();
        this.bias = bias.clone();
    }

    private static void requireFinite(String name, float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new ConfigException("latent to RGB: " + name + " must be finite numbers, got " + value);
            }
        }
    }

    /** The published map of Wan2.1's autoencoder: one pixel per latent. */
    public static LatentRgb wan21() {
        int channels = WAN21.length;
        float[] weight = new float[RGB * channels];
        for (int c = 0; c < channels; c++) {
            for (int colour = 0; colour < RGB; colour++) {
                weight[colour * channels + c] = WAN21[c][colour];
            }
        }
        return new LatentRgb(Shape.of(1, 1, 1, RGB, channels), weight, WAN21_BIAS);
    }

    /**
     * Reads {@code weight} and {@code bias} of a safetensors file.
     *
     * @throws WeightsException when the file cannot be read or lacks one of them
     * @throws ConfigException when they are no map
     */
    public static LatentRgb read(Path file) {
        try (Safetensors numbers = Safetensors.open(file)) {
            return new LatentRgb(numbers.shape("weight"), numbers.floats("weight"), numbers.floats("bias"));
        } catch (ConfigException e) {
            throw new ConfigException(file + ": " + e.getMessage());
        }
    }

    /** Returns the channels of the latents. */
    public int channels() {
        return channels;
    }

    /** Returns the pictures per latent frame after the first, which gives one. */
    public int frames() {
        return frames;
    }

    /** Returns the pixels of a picture that is so many latents high. */
    public int height(int latents) {
        return Math.multiplyExact(height, latents);
    }

    /** Returns the pixels of a picture that is so many latents wide. */
    public int width(int latents) {
        return Math.multiplyExact(width, latents);
    }

    /**
     * Maps the latents of a clip; the first latent frame stands for one frame that a map sees several times, and gives the last of them.
     *
     * @param latent {@code [latentFrames, rows, columns, channels]}
     * @return {@code [1 + (latentFrames - 1) * frames, height(rows), width(columns), 3]}; colours from -1 to 1, not clamped
     */
    public float[] pixels(float[] latent, int latentFrames, int rows, int columns) {
        int pictures = 1 + (latentFrames - 1) * frames;
        int line = RGB * width(columns);
        float[] pixels = new float[Math.multiplyExact(Math.multiplyExact(pictures, height(rows)), line)];
        for (int picture = 0; picture < pictures; picture++) {
            int of = picture == 0 ? 0 : (picture - 1) / frames + 1;
            int frame = picture == 0 ? frames - 1 : (picture - 1) % frames;
            for (int y = 0; y < height(rows); y++) {
                for (int x = 0; x < width(columns); x++) {
                    int from = ((of * rows + y / height) * columns + x / width) * channels;
                    int place = ((frame * height + y % height) * width + x % width) * RGB;
                    int to = (picture * height(rows) + y) * line + RGB * x;
                    for (int colour = 0; colour < RGB; colour++) {
                        pixels[to + colour] = bias[place + colour] + dot(latent, from, (place + colour) * channels);
                    }
                }
            }
        }
        return pixels;
    }

    private float dot(float[] latent, int from, int at) {
        float sum = 0;
        for (int c = 0; c < channels; c++) {
            sum += latent[from + c] * weight[at + c];
        }
        return sum;
    }
}
