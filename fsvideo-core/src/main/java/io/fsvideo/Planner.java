package io.fsvideo;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.weights.ShapesOnly;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Runs a request on a backend's {@link Backend#planning} and reads the bytes it would take, stage by stage. */
final class Planner {
    /** Memory repeats from step to step once the solver remembers all it ever does; the last step differs. */
    private static final int STEPS = 4;

    private final Backend backend;
    private final Pipeline pipeline;
    private final Job job;
    private final long weights;
    private final List<MemoryPlan.StagePlan> stages = new ArrayList<>();
    private final Tracker tracker;
    private long peak;
    private long carried;

    private Planner(Backend backend, Pipeline pipeline, Request request) {
        this.backend = backend;
        this.pipeline = pipeline;
        this.job = Job.of(request, pipeline.config()).withAtMostSteps(STEPS);
        this.weights = backend.bytesInUse();
        this.tracker = new Tracker(request, this::onProgress);
        backend.resetPeak();
    }

    /** @param scaled keys of a part's parameters that are stored with scales */
    static MemoryPlan plan(
            ModelConfig config,
            Backend target,
            OpenOptions options,
            Request request,
            Prompts prompts,
            Function<Part, Set<String>> scaled) {
        try (Backend backend = target.planning();
                PartStore parts = new PartStore(
                        backend, options.dtypeOn(target), options, part -> new ShapesOnly(scaled.apply(part)))) {
            Sharing sharing = Sharing.of(config, backend.comm(), options.parallel());
            Pipeline pipeline = Pipeline.load(parts, config, sharing);
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
