package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Sizes of a {@link DcAeV} (dc-ai-projects/DC-Gen cae2205, dc_videogen/dc_ae_v.py). Stage 0 has no parameters; height and width halve
 * before every stage but the last, into which the frame rate falls instead.
 *
 * @param chunkSize frames that see each other, and encoded at a time
 * @param temporalFactor frames per latent frame
 * @param widthList channels of each stage of the encoder
 * @param decoderWidthList channels of each stage of the decoder
 * @param encoderDepths residual blocks of each stage
 * @param decoderDepths residual blocks of each stage
 * @param scalingFactor what a diffusion model's latents are multiplied with; not applied here
 * @since 0.1
 */
public record DcAeVConfig(
        int latentChannels,
        int chunkSize,
        int temporalFactor,
        List<Integer> widthList,
        List<Integer> decoderWidthList,
        List<Integer> encoderDepths,
        List<Integer> decoderDepths,
        float normEps,
        float scalingFactor) {
    private static final int SMALLEST = 3;
    private static final int PIXELS = 4;

    /** @throws ConfigException when the sizes do not fit together */
    public DcAeVConfig {
        widthList = List.copyOf(widthList);
        decoderWidthList = List.copyOf(decoderWidthList);
        encoderDepths = List.copyOf(encoderDepths);
        decoderDepths = List.copyOf(decoderDepths);
        int stages = widthList.size();
        if (stages < SMALLEST
                || decoderWidthList.size() != stages
                || encoderDepths.size() != stages
                || decoderDepths.size() != stages) {
            throw new ConfigException("config: width_list and depth_list must have the same length >= " + SMALLEST
                    + ", got " + widthList + ", " + decoderWidthList + ", " + encoderDepths + " and " + decoderDepths);
        }
        Limits.atMost(Limits.STAGES, "width_list's stages", stages);
        Limits.atMost(Limits.WIDTH, "latent_channels", latentChannels);
        Limits.atMost(Limits.LAYERS, "chunk_size", chunkSize);
        for (List<Integer> widths : List.of(widthList, decoderWidthList)) {
            Limits.atMost(Limits.WIDTH, "width_list", widths);
            if (widths.stream().anyMatch(width -> width < 1)) {
                throw new ConfigException("config: width_list must hold widths >= 1, got " + widths);
            }
        }
        for (List<Integer> depths : List.of(encoderDepths, decoderDepths)) {
            Limits.atMost(Limits.LAYERS, "depth_list", depths);
            if (depths.stream().anyMatch(depth -> depth < 0)) {
                throw new ConfigException("config: depth_list must hold numbers >= 0, got " + depths);
            }
        }
        if (!(normEps > 0)) {
            throw new ConfigException("config: norm_eps must be > 0, got " + normEps);
        }
        if (encoderDepths.get(0) != 0 || decoderDepths.get(0) != 0) {
            throw new ConfigException(
                    "config: depth of stage 0 must be 0, got " + encoderDepths + " and " + decoderDepths);
        }
        if (latentChannels < 1 || temporalFactor < 1 || chunkSize < 1 || chunkSize % temporalFactor != 0) {
            throw new ConfigException("config: latent_channels must be >= 1 and chunk_size a multiple of the temporal"
                    + " factor, got " + latentChannels + ", " + chunkSize + " and " + temporalFactor);
        }
        int last = stages - 1;
        for (int i = 1; i <= last; i++) {
            int block = i == last ? temporalFactor : PIXELS;
            if (widthList.get(i) % block != 0) {
                throw new ConfigException("config: width_list[" + i + "] of the encoder must be a multiple of " + block
                        + ", got " + widthList);
            }
        }
        requireSteps(widthList, temporalFactor);
        requireSteps(decoderWidthList, temporalFactor);
    }

    /** Channels of a step's shortcut are averaged or repeated in whole groups. */
    private static void requireSteps(List<Integer> widths, int temporal) {
        for (int i = 1; i < widths.size() - 1; i++) {
            int block = i == widths.size() - 2 ? temporal : PIXELS;
            long here = widths.get(i);
            long next = widths.get(i + 1);
            if (here < 1 || next < 1 || here * block % next != 0) {
                throw new ConfigException(
                        "config: width_list must hold widths that divide into each other, got " + widths);
            }
        }
    }

    /** dc-ae-v-1.0-f32t4c32 (32 x 32 x 4, 32 channels), 2,138,635,436 parameters. */
    public static DcAeVConfig f32t4c32() {
        return of(32, 0.7241f, List.of(128, 256, 512, 512, 1024, 1024, 1024), List.of(0, 5, 10, 4, 4, 4, 4));
    }

    /** dc-ae-v-1.0-f64t4c128 (64 x 64 x 4, 128 channels), 2,717,281,804 parameters. */
    public static DcAeVConfig f64t4c128() {
        return of(128, 0.4752f, List.of(128, 256, 512, 512, 1024, 1024, 1024, 1024), List.of(0, 5, 10, 4, 4, 4, 4, 4));
    }

    /** A small model for tests and demonstrations: 32 x 32 x 4, chunks of 8 frames. */
    public static DcAeVConfig tiny() {
        List<Integer> widths = List.of(8, 8, 16, 16, 16, 16, 16);
        List<Integer> depths = List.of(0, 1, 1, 1, 1, 1, 1);
        return new DcAeVConfig(8, 8, 4, widths, widths, depths, depths, 1e-5f, 0.7241f);
    }

    private static DcAeVConfig of(int latent, float scaling, List<Integer> widths, List<Integer> depths) {
        return new DcAeVConfig(latent, 40, 4, widths, widths, depths, depths, 1e-5f, scaling);
    }

    /** Pixels per latent along height and width. */
    public int spatialFactor() {
        return 1 << widthList.size() - 2;
    }

    /** Latent frames of a whole chunk. */
    public int latentChunk() {
        return chunkSize / temporalFactor;
    }

    /** Reads the JSON object {@link #toJson} writes. @throws ConfigException naming the key */
    public static DcAeVConfig fromJson(JsonNode node) {
        ConfigJson json = new ConfigJson("model", node);
        ConfigJson encoder = json.at("encoder");
        ConfigJson decoder = json.at("decoder");
        return new DcAeVConfig(
                json.integer("latent_channels"),
                json.integer("chunk_size"),
                json.integer("temporal_factor"),
                encoder.integers("width_list"),
                decoder.integers("width_list"),
                encoder.integers("depth_list"),
                decoder.integers("depth_list"),
                json.number("norm_eps"),
                json.number("scaling_factor"));
    }

    /** Writes the configuration as JSON. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("latent_channels", latentChannels).put("chunk_size", chunkSize).put("temporal_factor", temporalFactor);
        half(json.putObject("encoder"), widthList, encoderDepths);
        half(json.putObject("decoder"), decoderWidthList, decoderDepths);
        return json.put("norm_eps", normEps).put("scaling_factor", scalingFactor);
    }

    private static void half(ObjectNode json, List<Integer> widths, List<Integer> depths) {
        widths.forEach(json.putArray("width_list")::add);
        depths.forEach(json.putArray("depth_list")::add);
    }
}
