package io.fsvideo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Container;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.TensorValues;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a transformer has made of a request, before it is decoded to frames: one clip in the numbers that the transformer sees, that is,
 * normalised and multiplied by the autoencoder's scaling factor. A value.
 *
 * @since 0.1
 */
public final class Latents {
    private static final String PLACE = "latents";
    private static final String KEY = "latents";
    private static final String LAYOUT = "layout";
    private static final String CLIP = "clip";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int frames;
    private final int height;
    private final int width;
    private final int channels;
    private final float[] values;
    private final Map<String, String> metadata;

    /** The order of a file's dimensions, slowest first: clips, frames, channels, rows, columns. */
    public enum Layout {
        /** Diffusers' and this library's. */
        NCTHW(2, 1, 3, 4),
        /** Frames as pictures, as TAEHV has them. */
        NTCHW(1, 2, 3, 4),
        /** Channels last. */
        NTHWC(1, 4, 2, 3);

        private final int frames;
        private final int channels;
        private final int height;
        private final int width;

        Layout(int frames, int channels, int height, int width) {
            this.frames = frames;
            this.channels = channels;
            this.height = height;
            this.width = width;
        }
    }

    private Latents(int frames, int height, int width, int channels, float[] values, Map<String, String> metadata) {
        this.frames = frames;
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.values = values;
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        if (frames < 1
                || height < 1
                || width < 1
                || channels < 1
                || values.length != (long) frames * height * width * channels) {
            throw new RequestException(
                    "latents: values must be [frames, height, width, channels], each at least 1, got " + values.length
                            + " for [" + frames + ", " + height + ", " + width + ", " + channels + "]");
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new RequestException("latents: every value must be finite, got " + value);
            }
        }
    }

    /**
     * Makes latents of numbers.
     *
     * @param values {@code [frames, height, width, channels]}
     * @param metadata of the clip they become
     */
    public static Latents of(
            int frames, int height, int width, int channels, float[] values, Map<String, String> metadata) {
        RequestException.given(PLACE, "values", values);
        RequestException.given(PLACE, "metadata", metadata);
        return new Latents(frames, height, width, channels, values.clone(), metadata);
    }

    /**
     * Reads a file with one tensor of five dimensions: safetensors, or one of {@code torch.save}. Their order is what the file says, and
     * {@link Layout#NCTHW} where it says nothing.
     *
     * @throws io.fsvideo.weights.WeightsException when the file cannot be read
     * @throws RequestException when it holds something else
     */
    public static Latents read(Path file) {
        RequestException.given(PLACE, "file", file);
        return readAs(file, null);
    }

    /**
     * The same with the dimensions in this order, whatever the file says.
     *
     * @throws io.fsvideo.weights.WeightsException when the file cannot be read
     * @throws RequestException when it holds something else
     */
    public static Latents read(Path file, Layout layout) {
        RequestException.given(PLACE, "file", file);
        RequestException.given(PLACE, "layout", layout);
        return readAs(file, layout);
    }

    private static Latents readAs(Path file, Layout layout) {
        try (Container stored = Container.open(file)) {
            Map<String, Shape> shapes = stored.shapes();
            String key = shapes.size() == 1 ? shapes.keySet().iterator().next() : KEY;
            Shape shape = shapes.get(key);
            if (shape == null || shape.rank() != 5 || shape.dim(0) != 1) {
                throw new RequestException(
                        "latents: " + file + " must hold one tensor of one clip, [1, channels, frames, height,"
                                + " width], got " + (shape == null ? shapes.size() + " tensors" : shape));
            }
            Layout used = layout == null ? layout(file, stored.metadata().get(LAYOUT)) : layout;
            float[] values = TensorValues.floats(stored, key);
            int[] dims = new int[5];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = Math.toIntExact(shape.dim(i));
            }
            return new Latents(
                    dims[used.frames],
                    dims[used.height],
                    dims[used.width],
                    dims[used.channels],
                    channelsLast(values, dims, used),
                    clip(file, stored.metadata().getOrDefault(CLIP, "{}")));
        }
    }

    private static Layout layout(Path file, String named) {
        try {
            return named == null ? Layout.NCTHW : Layout.valueOf(named.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new RequestException("latents: layout of " + file + " must be NCTHW, NTCHW or NTHWC, got " + named);
        }
    }

    private static Map<String, String> clip(Path file, String text) {
        try {
            return JSON.readValue(text, new TypeReference<LinkedHashMap<String, String>>() {});
        } catch (JsonProcessingException e) {
            throw new RequestException("latents: metadata " + CLIP + " of " + file
                    + " must be a JSON object of strings, got " + e.getOriginalMessage());
        }
    }

    private static int[] strides(int[] dims) {
        int[] strides = new int[dims.length];
        int stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        return strides;
    }

    private static float[] channelsLast(float[] values, int[] dims, Layout layout) {
        int[] strides = strides(dims);
        float[] ordered = new float[values.length];
        int to = 0;
        for (int t = 0; t < dims[layout.frames]; t++) {
            for (int y = 0; y < dims[layout.height]; y++) {
                for (int x = 0; x < dims[layout.width]; x++) {
                    int from = t * strides[layout.frames] + y * strides[layout.height] + x * strides[layout.width];
                    for (int c = 0; c < dims[layout.channels]; c++) {
                        ordered[to++] = values[from + c * strides[layout.channels]];
                    }
                }
            }
        }
        return ordered;
    }

    /**
     * Writes one safetensors file: the tensor {@code latents} in F32, {@code [1, channels, frames, height, width]}, and as metadata its
     * layout, its scale, and under {@code clip} what the clip's own metadata will be, as JSON.
     *
     * @throws io.fsvideo.weights.WeightsException when the file cannot be written; then nothing is left of it
     */
    public void write(Path file) {
        RequestException.given(PLACE, "file", file);
        Map<String, String> header = new LinkedHashMap<>();
        header.put("format", "fsvideo-latents");
        header.put(LAYOUT, Layout.NCTHW.name());
        header.put("scale", "normalised and multiplied by the scaling factor, as the transformer sees them");
        try {
            header.put(CLIP, JSON.writeValueAsString(metadata));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("latents: strings could not be written as JSON", e);
        }
        float[] ordered = new float[values.length];
        int area = frames * height * width;
        for (int position = 0; position < area; position++) {
            for (int c = 0; c < channels; c++) {
                ordered[c * area + position] = values[position * channels + c];
            }
        }
        Map<String, Declared> one = Map.of(KEY, new Declared(DType.F32, Shape.of(1, channels, frames, height, width)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, one, header)) {
            writer.write(KEY, ordered, 0, ordered.length);
            writer.commit();
        }
    }

    /** Returns the latent frames. */
    public int frames() {
        return frames;
    }

    /** Returns the rows. */
    public int height() {
        return height;
    }

    /** Returns the columns. */
    public int width() {
        return width;
    }

    /** Returns the numbers of one position. */
    public int channels() {
        return channels;
    }

    /** Returns a copy of the numbers, {@code [frames, height, width, channels]}. */
    public float[] values() {
        return values.clone();
    }

    /** Returns the metadata of the clip they become; empty where a file of another program said none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Returns the sizes, for people. */
    @Override
    public String toString() {
        return "latents of " + frames + " frames, " + height + "x" + width + ", " + channels + " channels";
    }
}
