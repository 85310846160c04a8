package io.fsvideo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.family.ModelInit;
import io.fsvideo.family.fsvideo.FsVideoConfig;
import io.fsvideo.family.fsvideo.PipelineConfig;
import io.fsvideo.media.Image;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.sample.Sampler;
import io.fsvideo.tensor.Backend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The smallest complete models, written once per JVM, and a picture for them. */
public final class SmallModel {
    private static Path directory;
    private static Path twelveHeads;
    private static Path withPreviews;
    private static Path other;

    private SmallModel() {}

    /** Made on first use, removed when the JVM ends. */
    public static synchronized Path directory() {
        if (directory == null) {
            directory = write(config());
        }
        return directory;
    }

    /** The same with transformers of twelve heads, which 2, 3 and 4 ranks can share. */
    public static synchronized Path twelveHeads() {
        if (twelveHeads == null) {
            FsVideoConfig small = config();
            DitConfig dit = new DitConfig(1, 1, 1, 16, 20, 48, 48, 16, 24, 8, 12, 3, 16, 1e-6f, "dynamic_router");
            twelveHeads = write(new FsVideoConfig(
                    small.pipeline(),
                    small.textEncoder(),
                    small.imageEncoder(),
                    small.autoencoder(),
                    dit,
                    small.latentUpsampler(),
                    dit,
                    null));
        }
        return twelveHeads;
    }

    /** The same as {@link #directory} with a map from latents to colours: four pictures of 2 x 2 pixels per latent. */
    public static synchronized Path withPreviews() {
        if (withPreviews == null) {
            withPreviews = write(config());
            writePreview(withPreviews, new int[] {4, 2, 2, 3, 8});
        }
        return withPreviews;
    }

    /** The same as {@link #directory} under another name, and of 9 frames. */
    public static synchronized Path other() {
        if (other == null) {
            FsVideoConfig small = config();
            other = write(new FsVideoConfig(
                    new PipelineConfig("other", 9, 12, 128, 128, 4, 5, 5, Sampler.UNIPC, 2, 5, "", 0.1f, 0.9f, 1),
                    small.textEncoder(),
                    small.imageEncoder(),
                    small.autoencoder(),
                    small.transformer(),
                    small.latentUpsampler(),
                    small.refiner(),
                    null));
        }
        return other;
    }

    /** Writes a map of this shape into a model's directory, its numbers made up. */
    public static void writePreview(Path model, int... shape) {
        int count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        int biases = count / shape[shape.length - 1];
        String header = "{\"weight\":{\"dtype\":\"F32\",\"shape\":" + Arrays.toString(shape)
                + ",\"data_offsets\":[0," + 4 * count + "]},\"bias\":{\"dtype\":\"F32\",\"shape\":"
                + Arrays.toString(Arrays.copyOf(shape, shape.length - 1)) + ",\"data_offsets\":[" + 4 * count + ","
                + 4 * (count + biases) + "]}}";
        byte[] text = header.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer file =
                ByteBuffer.allocate(8 + text.length + 4 * (count + biases)).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        for (int i = 0; i < count + biases; i++) {
            file.putFloat((float) (0.2 * Math.sin(1.7 * i)));
        }
        try {
            Path folder = Files.createDirectories(model.resolve("preview"));
            Files.write(folder.resolve("model.safetensors"), file.array());
            deleteOnExit(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(FsVideoConfig config) {
        try (Backend backend = Backend.open("cpu")) {
            Path directory = Files.createTempDirectory("fsvideo-small").resolve("model");
            ModelInit.write(config, 1, directory, backend);
            deleteOnExit(directory.getParent());
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteOnExit(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            files.sorted().forEach(file -> file.toFile().deleteOnExit());
        }
    }

    /** All parts, as small as they go: 5 frames of 128 x 128 in 4 base and 2 refiner steps. */
    public static FsVideoConfig config() {
        PipelineConfig pipeline =
                new PipelineConfig("small", 5, 12, 128, 128, 4, 5, 5, Sampler.UNIPC, 2, 5, "", 0.1f, 0.9f, 1);
        DitConfig dit = new DitConfig(1, 1, 1, 16, 20, 32, 48, 16, 24, 8, 2, 3, 16, 1e-6f, "dynamic_router");
        return new FsVideoConfig(
                pipeline,
                new TextEncoderConfig(1536, 24, 24, 32, 2, 1, 32, 128, 16, 1e-6f),
                new ImageEncoderConfig(28, 14, 16, 2, 2, 2, 1e-5f, List.of(0.5f, 0.5f, 0.5f), List.of(1f, 1f, 1f)),
                autoencoder(),
                dit,
                new LatentUpsamplerConfig(8, 8, 1, 1e-8f),
                dit,
                null);
    }

    private static AutoencoderConfig autoencoder() {
        AutoencoderConfig tiny = AutoencoderConfig.tinyLite();
        ObjectNode json = tiny.toJson().put("latent_channels", 8);
        return AutoencoderConfig.fromJson(narrow(json));
    }

    private static ObjectNode narrow(ObjectNode json) {
        for (String side : List.of("encoder", "decoder")) {
            ArrayNode widths = ((ObjectNode) json.get(side)).putArray("width_list");
            for (int width : new int[] {4, 8, 8, 8, 16, 16, 16}) {
                widths.add(width);
            }
        }
        return json;
    }

    /** A picture with edges and colours, of any size. */
    public static Image picture(int height, int width) {
        float[] rgb = new float[height * width * 3];
        for (int i = 0; i < rgb.length; i++) {
            int y = i / 3 / width;
            int x = i / 3 % width;
            rgb[i] = (float) (0.5 + 0.5 * Math.sin(0.05 * (x * (1 + i % 3) + 2 * y)));
        }
        return Image.of(height, width, rgb);
    }

    public static Request request() {
        return Request.of(picture(140, 150)).withPrompt("the camera pans left").withSeed(7);
    }
}
