package io.fsvideo.family.fsvideo;

import io.fsvideo.ModelException;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.sample.Sampler;

/**
 * Defaults of a model's generations and the constants of its conditioning; {@code pipeline} in {@code model_index.json}.
 *
 * @param name what the model is called
 * @param frames frames when a request names none, 1 + 4 k
 * @param framesPerSecond frame rate of the videos
 * @param height rows of the default size; with {@code width} the pixel budget of other aspect ratios
 * @param width columns of the default size
 * @param steps base steps
 * @param guidance scale of classifier-free guidance of the base model
 * @param shift shift of the base model's noise schedule
 * @param sampler solver of base and refiner
 * @param refinerSteps refiner steps, without guidance
 * @param refinerShift shift of the refiner's noise schedule
 * @param negativePrompt negative prompt when a request names none
 * @param maskLow mask of the refiner where the upsampler errs most
 * @param maskHigh mask of the refiner where the upsampler is right
 * @param maskErrorMax error from which on the mask is {@code maskLow}
 * @since 0.1
 */
public record PipelineConfig(
        String name,
        int frames,
        int framesPerSecond,
        int height,
        int width,
        int steps,
        float guidance,
        float shift,
        Sampler sampler,
        int refinerSteps,
        float refinerShift,
        String negativePrompt,
        float maskLow,
        float maskHigh,
        float maskErrorMax)
        implements Defaults {

    /** Checks the numbers. @throws ModelException naming what is out of range */
    public PipelineConfig {
        new Geometry(frames, height, width, FsVideoConfig.SIZES);
        Defaults.requireLegal(framesPerSecond, steps, guidance, shift);
        Defaults.requireLegal(framesPerSecond, refinerSteps, guidance, refinerShift);
        if (framesPerSecond < 1
                || steps < 1
                || refinerSteps < 1
                || !(shift > 0)
                || !(refinerShift > 0)
                || !(guidance >= 0)
                || !(maskErrorMax > 0)
                || !(0 <= maskLow && maskLow <= maskHigh && maskHigh <= 1)
                || sampler == null
                || name == null
                || negativePrompt == null) {
            throw new ModelException(
                    "pipeline: rates, steps, shifts and maskErrorMax must be positive, 0 <= maskLow <= maskHigh"
                            + " <= 1 and nothing may be missing, got framesPerSecond " + framesPerSecond + ", steps "
                            + steps
                            + ", refinerSteps " + refinerSteps + ", shift " + shift + ", refinerShift " + refinerShift
                            + ", guidance "
                            + guidance + ", mask " + maskLow + ".." + maskHigh + " at " + maskErrorMax + ", sampler "
                            + sampler);
        }
    }

    /** The report's numbers: 121 frames of 768 x 1280 at 24 frames per second, 30 guided steps, 8 refiner steps. */
    public static PipelineConfig fsvideo14B() {
        return new PipelineConfig(
                "fsvideo-14b", 121, 24, 768, 1280, 30, 5f, 5f, Sampler.UNIPC, 8, 5f, "", 0.1f, 0.9f, 1f);
    }

    /** 17 frames of 256 x 256, in the same steps as the full model. */
    public static PipelineConfig tiny() {
        return new PipelineConfig("tiny", 17, 12, 256, 256, 30, 5f, 5f, Sampler.UNIPC, 8, 5f, "", 0.1f, 0.9f, 1f);
    }
}
