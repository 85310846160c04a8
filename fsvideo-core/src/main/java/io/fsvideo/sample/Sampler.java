package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * A choice of solver, with the noise levels that belong to it. A sampler from outside can be given as an object, or be found by its
 * name: then its class, with a public constructor without arguments, stands in a line of
 * {@code META-INF/services/io.fsvideo.sample.Sampler} on the class path.
 *
 * @since 0.1
 */
public interface Sampler {
    /** First order, one state. */
    Sampler EULER = new BuiltInSampler(
            "EULER", NoiseSchedule::fromLastTrainingStep, (state, levels, noise) -> new Euler(levels));

    /** Predictor-corrector of order 2 (bh2), Wan2.1's default. */
    Sampler UNIPC = new BuiltInSampler(
            "UNIPC", NoiseSchedule::fromLastTrainingStep, (state, levels, noise) -> new UniPc(state, levels));

    /** DPM-Solver++ (2M, midpoint). */
    Sampler DPMPP = new BuiltInSampler(
            "DPMPP", NoiseSchedule::fromPureNoise, (state, levels, noise) -> new DpmPlusPlus(state, levels));

    /** To the predicted data and back with other noise, for models distilled to few steps. */
    Sampler RENOISE = new BuiltInSampler(
            "RENOISE", NoiseSchedule::fromPureNoise, (state, levels, noise) -> new Renoise(levels, noise));

    /** Returns the name that options and files call it by, in capitals. */
    String name();

    /**
     * Returns the noise levels of a run.
     *
     * @param steps number of model calls, at least 1
     * @param shift above 1 spends more steps at high noise
     * @throws SamplingException when a setting is out of range
     */
    NoiseSchedule schedule(int steps, double shift);

    /**
     * Returns a solver at its first step.
     *
     * @param state owns what it remembers between steps; stays open as long as the solver is used
     * @param schedule what {@link #schedule} returned, or a {@link StepTable}'s
     * @param noise for solvers that add some at every step
     */
    Solver solver(Arena state, NoiseSchedule schedule, FreshNoise noise);

    /** Returns the library's samplers and those found on the class path. */
    static List<Sampler> all() {
        List<Sampler> samplers = new ArrayList<>(List.of(EULER, UNIPC, DPMPP, RENOISE));
        ServiceLoader.load(Sampler.class, Sampler.class.getClassLoader()).forEach(samplers::add);
        return samplers;
    }

    /**
     * Returns the sampler of this name, in capitals or not.
     *
     * @throws SamplingException listing all names, when there is none
     */
    static Sampler named(String name) {
        List<Sampler> all = all();
        return all.stream()
                .filter(sampler -> sampler.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new SamplingException("sampler: name must be one of "
                        + all.stream().map(Sampler::name).toList() + ", got " + name));
    }
}
