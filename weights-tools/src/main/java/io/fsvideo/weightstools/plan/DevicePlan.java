package io.fsvideo.weightstools.plan;

import io.fsvideo.MemoryPlan;
import io.fsvideo.MemoryPlan.StagePlan;
import io.fsvideo.pipeline.Part;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a model needs on each of several devices. Transformers are split over them; other parts and all activations are on every one.
 *
 * @param plan on one device
 * @param devices how many share the transformers
 * @param memoryBytes of one device
 */
public record DevicePlan(MemoryPlan plan, int devices, long memoryBytes) {
    private static final double GIBI = 1L << 30;
    private static final List<Part> SPLIT = List.of(Part.TRANSFORMER, Part.REFINER);

    /** Bytes of a part's parameters on one device. */
    public long partBytes(String folder) {
        long bytes = plan.weights().getOrDefault(folder, 0L);
        boolean split = SPLIT.stream().anyMatch(part -> part.folder().equals(folder));
        return split ? (bytes + devices - 1) / devices : bytes;
    }

    /** Most bytes on one device when every part stays there. */
    public long residentBytes() {
        long weights =
                plan.weights().keySet().stream().mapToLong(this::partBytes).sum();
        return weights + plan.peakBytes() - plan.weightBytes();
    }

    /** Most bytes on one device when only the parts of the stage under way are there. */
    public long stagedBytes() {
        return plan.stages().stream().mapToLong(this::stageBytes).max().orElse(0);
    }

    private long stageBytes(StagePlan stage) {
        return parts(stage).stream().mapToLong(part -> partBytes(part.folder())).sum() + stage.peakBytes();
    }

    private static List<Part> parts(StagePlan stage) {
        return switch (stage.stage()) {
            case TEXT -> List.of(Part.TEXT_ENCODER);
            case IMAGE -> List.of(Part.IMAGE_ENCODER, Part.AUTOENCODER);
            case BASE -> List.of(Part.TRANSFORMER);
            case UPSAMPLE -> List.of(Part.LATENT_UPSAMPLER);
            case REFINE -> List.of(Part.REFINER);
            case DECODE -> List.of(Part.AUTOENCODER);
        };
    }

    /** Whether it fits, at least stage by stage. */
    public boolean fits() {
        return Math.min(stagedBytes(), residentBytes()) <= memoryBytes;
    }

    /** For people. */
    public String table() {
        StringBuilder out = new StringBuilder();
        for (Map.Entry<String, Long> part : plan.weights().entrySet()) {
            out.append(line("weights " + part.getKey(), partBytes(part.getKey()), ""));
        }
        for (StagePlan stage : plan.stages()) {
            String name = "stage " + stage.stage().name().toLowerCase(Locale.ROOT) + " with its parts";
            out.append(line(name, stageBytes(stage), ""));
        }
        out.append(line("every part resident", residentBytes(), verdict(residentBytes())));
        out.append(line("parts of one stage at a time", stagedBytes(), verdict(stagedBytes())));
        return out.toString();
    }

    private String verdict(long bytes) {
        double spare = (memoryBytes - bytes) / GIBI;
        return spare >= 0
                ? String.format(Locale.ROOT, "  fits, %.2f GiB to spare", spare)
                : String.format(Locale.ROOT, "  does not fit, %.2f GiB too much", -spare);
    }

    private static String line(String name, long bytes, String remark) {
        return String.format(Locale.ROOT, "%-36s %10.2f GiB%s%n", name, bytes / GIBI, remark);
    }
}
