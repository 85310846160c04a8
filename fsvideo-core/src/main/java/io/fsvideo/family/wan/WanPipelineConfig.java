package io.fsvideo.family.wan;

import io.fsvideo.ModelException;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.sample.Sampler;

/**
 * Defaults of a Wan model's generations; {@code pipeline} in {@code model_index.json}. Source of the published models' numbers:
 * Wan-Video/Wan2.1 9737cba generate.py and README.
 *
 * @param name what the model is called
 * @param frames frames when a request names none
 * @param framesPerSecond frame rate of the videos
 * @param height rows of the default size; with {@code width} the pixel budget of other aspect ratios
 * @param width columns of the default size
 * @param steps steps of the model
 * @param guidance scale of classifier-free guidance
 * @param shift shift of the noise schedule
 * @param sampler solver
 * @param negativePrompt negative prompt when a request names none
 */
record WanPipelineConfig(
        String name,
        int frames,
        int framesPerSecond,
        int height,
        int width,
        int steps,
        float guidance,
        float shift,
        Sampler sampler,
        String negativePrompt)
        implements Defaults {
    static final String UNWANTED =
            "blurry, overexposed, static, low quality, compression artifacts, subtitles, watermark,"
                    + " deformed hands, extra limbs, cluttered background";

    WanPipelineConfig {
        Defaults.requireLegal(framesPerSecond, steps, guidance, shift);
        if (framesPerSecond < 1
                || steps < 1
                || !(shift > 0)
                || !(guidance >= 0)
                || sampler == null
                || name == null
                || negativePrompt == null) {
            throw new ModelException("pipeline: rate, steps and shift must be positive and nothing may be missing, got"
                    + " framesPerSecond " + framesPerSecond + ", steps " + steps + ", guidance " + guidance + ", shift "
                    + shift + ", sampler " + sampler);
        }
    }

    static WanPipelineConfig of(
            String name, int frames, int height, int width, int steps, float guidance, float shift) {
        return new WanPipelineConfig(name, frames, 16, height, width, steps, guidance, shift, Sampler.UNIPC, UNWANTED);
    }
}
