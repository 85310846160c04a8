package io.fsvideo.family.wan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fsvideo.ModelException;
import io.fsvideo.family.ModelSource;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.HubConfigs;
import io.fsvideo.pipeline.Part;
import io.fsvideo.sample.Sampler;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Wan2.1 as Diffusers lays it out: the configurations of {@code WanPipeline} and {@code WanImageToVideoPipeline}. */
final class DiffusersWan {
    private static final double LEAST_SHIFT_OF_720_LINES = 4;

    private DiffusersWan() {}

    /** @throws ModelException for what only Wan2.2 has */
    static WanConfig read(ModelSource source) {
        requireWan21(source);
        DitConfig dit = HubConfigs.wanTransformer(source.part(Part.TRANSFORMER));
        JsonNode image = source.part(Part.IMAGE_ENCODER);
        return new WanConfig(
                defaults(source, dit),
                HubConfigs.umt5(source.part(Part.TEXT_ENCODER)),
                image == null ? null : HubConfigs.clipVision(image),
                HubConfigs.wanVae(source.part(Part.AUTOENCODER)),
                null,
                dit);
    }

    private static void requireWan21(ModelSource source) {
        JsonNode index = source.index();
        boolean second = index.path("transformer_2").path(0).isTextual();
        boolean boundary = index.path("boundary_ratio").isNumber();
        boolean expanded = index.path("expand_timesteps").asBoolean(false);
        if (second || boundary || expanded) {
            throw new ModelException("model: " + source.directory() + " must be Wan2.1 with one transformer, got "
                    + (expanded ? "expand_timesteps" : second ? "transformer_2" : "boundary_ratio") + " as Wan2.2 has");
        }
    }

    /** The defaults published for a transformer of these sizes; shift and solver are the scheduler's. */
    private static WanPipelineConfig defaults(ModelSource source, DitConfig dit) {
        Path directory = source.directory();
        JsonNode scheduler = scheduler(source);
        JsonNode shift = scheduler.has("flow_shift") ? scheduler.path("flow_shift") : scheduler.path("shift");
        WanPipelineConfig usual = published(dit, shift.asDouble(0));
        return new WanPipelineConfig(
                directory.toAbsolutePath().normalize().getFileName().toString(),
                usual.frames(),
                usual.framesPerSecond(),
                usual.height(),
                usual.width(),
                usual.steps(),
                usual.guidance(),
                shift.isNumber() ? shift.floatValue() : usual.shift(),
                sampler(directory, scheduler),
                usual.negativePrompt());
    }

    private static WanPipelineConfig published(DitConfig dit, double shift) {
        if (dit.imageRows() > 0) {
            return WanConfig.wan21Flf2v14B().pipeline();
        }
        if (dit.clipDim() > 0) {
            return (shift < LEAST_SHIFT_OF_720_LINES ? WanConfig.wan21I2v14B480p() : WanConfig.wan21I2v14B720p())
                    .pipeline();
        }
        return Stream.of(WanConfig.wan21T2v14B(), WanConfig.wan21T2v1_3B())
                .filter(config -> config.transformer().dim() == dit.dim())
                .findFirst()
                .orElseGet(WanConfig::wan21T2v1_3B)
                .pipeline();
    }

    private static JsonNode scheduler(ModelSource source) {
        JsonNode scheduler = source.json("scheduler/scheduler_config.json");
        return scheduler == null ? MissingNode.getInstance() : scheduler;
    }

    private static Sampler sampler(Path directory, JsonNode scheduler) {
        String name = scheduler.path("_class_name").asText("UniPCMultistepScheduler");
        return switch (name) {
            case "UniPCMultistepScheduler" -> Sampler.UNIPC;
            case "FlowMatchEulerDiscreteScheduler" -> Sampler.EULER;
            case "DPMSolverMultistepScheduler" -> Sampler.DPMPP;
            default ->
                throw new ModelException("model: scheduler of " + directory
                        + " must be UniPCMultistepScheduler, FlowMatchEulerDiscreteScheduler or"
                        + " DPMSolverMultistepScheduler, got " + name);
        };
    }
}
