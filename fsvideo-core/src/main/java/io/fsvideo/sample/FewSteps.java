package io.fsvideo.sample;

import java.util.List;

/**
 * How a published few-step model is sampled: all without guidance.
 *
 * @param name what options call it
 * @param table levels, before the shift
 * @param shift of the table
 * @param sampler solver
 * @since 0.1
 */
public record FewSteps(String name, StepTable table, float shift, Sampler sampler) {
    /** Four steps of LightX2V's distilled Wan2.1 and Wan2.2. Source: ModelTC/LightX2V configs/distill and schedulers/wan/step_distill @29c8504. */
    public static final FewSteps LIGHTX2V =
            new FewSteps("lightx2v", StepTable.ofTimes(1000, 750, 500, 250), 5, Sampler.EULER);

    /** Three steps of FastWan2.1. Source: hao-ai-lab/FastVideo configs/pipelines/wan.py; its times are final. */
    public static final FewSteps FASTWAN =
            new FewSteps("fastwan", StepTable.ofTimes(1000, 757, 522), 1, Sampler.RENOISE);

    /** Four steps of TurboWan2.1 (rCM, arXiv 2510.08431). Source: thu-ml/TurboDiffusion inference/wan2.1_t2v_infer.py. */
    public static final FewSteps TURBOWAN =
            new FewSteps("turbowan", StepTable.ofAngles(80, 1.5, 1.4, 1), 1, Sampler.RENOISE);

    /** Four steps of TurboWan2.2 from an image, which start at more noise. Source: as {@link #TURBOWAN}, wan2.2_i2v_infer.py. */
    public static final FewSteps TURBOWAN_I2V =
            new FewSteps("turbowan-i2v", StepTable.ofAngles(200, 1.5, 1.4, 1), 1, Sampler.RENOISE);

    /** Returns all that are known here. */
    public static List<FewSteps> all() {
        return List.of(LIGHTX2V, FASTWAN, TURBOWAN, TURBOWAN_I2V);
    }

    /** Returns the one of this name. @throws SamplingException listing all names, when there is none */
    public static FewSteps named(String name) {
        return all().stream()
                .filter(known -> known.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new SamplingException("few steps: name must be one of "
                        + all().stream().map(FewSteps::name).toList() + ", got " + name));
    }
}
