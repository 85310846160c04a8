package io.fsvideo.cuda.checks;

import io.fsvideo.cuda.ProfiledBackend;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import java.util.List;
import java.util.Locale;

/**
 * {@code TransformerTiming BACKEND [full|tiny] [BASE_STEPS REFINER_STEPS]}: the transformers' part of one clip with random weights, and
 * what each operation takes. {@code full} is FSVideo 14B at 121 frames of 768 x 1280: 30 guided steps of 1,860 tokens, 8 of 7,440. Ends with 1 when
 * a plan is off by over 5 %.
 */
public final class TransformerTiming {
    private final ProfiledBackend backend;
    private final Roofline roofline;
    private boolean asPlanned = true;

    private TransformerTiming(ProfiledBackend backend) {
        this.backend = backend;
        roofline = Roofline.of(backend.description());
    }

    /** @param arguments as the class says; full, 30 and 8 if absent */
    public static void main(String[] arguments) {
        boolean tiny = arguments.length > 1 && arguments[1].equals("tiny");
        int baseSteps = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 30;
        int refinerSteps = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 8;
        List<TransformerRun> runs = tiny
                ? TransformerRun.pipeline(DitConfig.tiny(), baseSteps, refinerSteps, 2, 4, 4)
                : TransformerRun.pipeline(DitConfig.fsvideo14B(), baseSteps, refinerSteps, 31, 12, 20);
        boolean asPlanned;
        try (ProfiledBackend backend = ProfiledBackend.open(arguments[0], BackendOptions.defaults())) {
            System.out.println(backend.description());
            TransformerTiming timing = new TransformerTiming(backend);
            double total = runs.stream().mapToDouble(timing::run).sum();
            asPlanned = timing.asPlanned;
            System.out.printf(
                    Locale.ROOT,
                    "RESULT transformers %.2f s for a clip (published, one H100: 27.4 s; two: 18.8 s)%s%n",
                    total,
                    asPlanned ? "; peaks as planned" : "; a peak is off its plan by over 5 %");
        }
        System.exit(asPlanned ? 0 : 1);
    }

    /** Seconds of all steps. */
    private double run(TransformerRun run) {
        long planned;
        try (Backend plan = backend.planning()) {
            planned = run.peak(plan);
        }
        backend.resetPeak();
        try (Arena a = Arena.root(backend, run.name())) {
            long start = System.nanoTime();
            Dit dit = run.load(a);
            double loading = seconds(start);
            start = System.nanoTime();
            Dit.Context context = run.prepare(a, dit);
            double preparing = seconds(start);
            run.sample(a, dit, context, 1);
            Peak peak = new Peak(backend.peakBytes(), planned);
            asPlanned &= peak.isAsPlanned();
            start = System.nanoTime();
            run.sample(a, dit, context, run.steps());
            double sampling = seconds(start);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d steps of %d x %d tokens in %.2f s, %.1f ms a step; weights made in %.1f s, conditions in %.2f s;"
                            + " %s%n",
                    run.name(),
                    run.steps(),
                    run.guidance().branches(),
                    run.tokens(),
                    sampling,
                    sampling * 1e3 / run.steps(),
                    loading,
                    preparing,
                    peak);
            backend.begin();
            run.sample(a, dit, context, 1);
            Breakdown.print("one step", backend.end(), roofline);
            return preparing + sampling;
        }
    }

    private double seconds(long start) {
        backend.synchronize();
        return (System.nanoTime() - start) / 1e9;
    }
}
