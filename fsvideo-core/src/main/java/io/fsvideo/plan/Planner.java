package io.fsvideo.plan;

import io.fsvideo.MemoryPlan;
import io.fsvideo.OpenOptions;
import io.fsvideo.Progress;
import io.fsvideo.Request;
import io.fsvideo.Stage;
import io.fsvideo.comm.RankGroup;
import io.fsvideo.pipeline.Cancellation;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.weights.ShapesOnly;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Runs a request on a backend's {@link Backend#planning}, which computes and allocates nothing, and reads the bytes it would take, stage
 * by stage. A plan and a generation run the same code.
 *
 * @since 0.1
 */
public final class Planner {
    /** Memory repeats from step to step once the solver remembers all it ever does; the last step differs. */
    private static final int STEPS = 4;

    private final Backend backend;
    private final Pipeline pipeline;
    private final ResolvedRequest job;
    private final long weights;
    private final List<MemoryPlan.StagePlan> stages = new ArrayList<>();
    private final Tracker tracker;
    private long peak;
    private long carried;

    private Planner(Backend backend, Pipeline pipeline, Request request) {
        this.backend = backend;
        this.pipeline = pipeline;
        this.job = ResolvedRequest.of(request, pipeline.config()).withAtMostSteps(STEPS);
        this.weights = backend.bytesInUse();
        this.tracker = new Tracker(new Cancellation(), this::onProgress);
        backend.resetPeak();
    }

    /**
     * Plans a model that need not be there: nothing of it is read, and prompts count at their greatest length.
     *
     * @param target plans for this backend, as the rank of its group that it is
     * @throws io.fsvideo.tensor.BackendException when the backend cannot do what {@code options} say
     */
    public static MemoryPlan plan(ModelConfig config, Backend target, OpenOptions options, Request request) {
        return plan(config, target, options, request, Prompts.longest(config.textLen()), part -> Set.of());
    }

    /**
     * Plans a model that need not be there on every device of {@code options}, in their order.
     *
     * @throws io.fsvideo.tensor.BackendException when a backend is unknown, cannot be loaded or cannot do what {@code options} say
     * @throws io.fsvideo.RequestException when so many devices cannot share the model so
     */
    public static List<MemoryPlan> planPerDevice(ModelConfig config, OpenOptions options, Request request) {
        if (options.devices().size() == 1) {
            try (Backend backend = Backend.open(options.backend(), options.backendOptions())) {
                return List.of(plan(config, backend, options, request));
            }
        }
        try (RankGroup group = RankGroup.open(options.devices(), options.backendOptions())) {
            return group.run(backend -> plan(config, backend, options, request));
        }
    }

    /**
     * Plans a model that is open.
     *
     * @param scaled keys of a part's parameters that are stored with scales
     */
    public static MemoryPlan plan(
            ModelConfig config,
            Backend target,
            OpenOptions options,
            Request request,
            Prompts prompts,
            Function<Part, Set<String>> scaled) {
        try (Backend backend = target.planning();
                PartStore parts = new PartStore(
                        backend, options.dtypeOn(target), options, part -> new ShapesOnly(scaled.apply(part)))) {
            Sharing sharing = ParallelChoice.of(config, backend.comm(), options.parallel());
            Pipeline pipeline = config.load(parts, sharing);
            long loading = backend.peakBytes();
            Planner planner = new Planner(backend, pipeline, request);
            try (Arena a = Arena.root(backend, "generation")) {
                pipeline.run(a, planner.job, prompts, planner.tracker);
            }
            return new MemoryPlan(parts.bytes(), planner.stages, loading, planner.peak, hostBytes(backend));
        }
    }

    private static long hostBytes(Backend backend) {
        return backend.hostStore() == null ? 0 : backend.hostStore().bytesInUse();
    }

    private void onProgress(Progress progress) {
        peak = Math.max(peak, backend.peakBytes());
        if (progress.step() == 0) {
            carried = backend.bytesInUse() - weights;
            backend.resetPeak();
        } else if (progress.step() == progress.steps()) {
            Stage stage = progress.stage();
            stages.add(new MemoryPlan.StagePlan(
                    stage,
                    carried,
                    backend.peakBytes() - weights,
                    pipeline.layerMemoryBytes(stage, job),
                    tracker.streamBytes()));
        }
    }
}
