package io.fsvideo;

import io.fsvideo.comm.RankGroup;
import io.fsvideo.comm.RankTask;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Resources;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.plan.ParallelChoice;
import io.fsvideo.tensor.Backend;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A model's pipeline on every device of this process. Of several, each has a thread of its own, on which everything of it happens; all
 * run the same requests, and one that fails ends the others.
 */
final class PipelineRanks implements AutoCloseable {
    /** One pipeline and where it runs. */
    record Rank(Backend backend, Resources parts, Pipeline pipeline) {}

    private final RankGroup group;
    private final Resources resources;
    private final List<Rank> ranks = new ArrayList<>();

    private PipelineRanks(RankGroup group, Resources resources) {
        this.group = group;
        this.resources = resources;
    }

    /** @throws RuntimeException as {@link FsVideo#open}; nothing stays open */
    static PipelineRanks open(ModelDirectory model, OpenOptions options) {
        Resources resources = new Resources();
        RankGroup group = null;
        Backend single = null;
        if (options.devices().size() > 1) {
            group = resources.add(RankGroup.open(options.devices(), options.backendOptions()));
        } else {
            single = resources.add(Backend.open(options.backend(), options.backendOptions()));
        }
        PipelineRanks opened = new PipelineRanks(group, resources);
        try {
            if (group == null) {
                opened.ranks.add(load(single, model, options));
            } else {
                opened.ranks.addAll(group.run(backend -> load(backend, model, options)));
            }
            return opened;
        } catch (RuntimeException | Error e) {
            try {
                opened.close();
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private static Rank load(Backend backend, ModelDirectory model, OpenOptions options) {
        Resources resources = new Resources();
        try {
            Sharing sharing = ParallelChoice.of(model.config(), backend.comm(), options.parallel());
            Resources files = resources.add(new Resources());
            PartStore parts = resources.add(new PartStore(
                    backend, options.dtypeOn(backend), options, part -> model.weights(part, options, sharing, files)));
            Pipeline pipeline = model.config().load(parts, sharing);
            if (!parts.readsAgain()) {
                files.close();
            }
            return new Rank(backend, resources, pipeline);
        } catch (RuntimeException | Error e) {
            resources.close();
            throw e;
        }
    }

    /** The first of this process. */
    Rank first() {
        return ranks.get(0);
    }

    List<Rank> all() {
        return List.copyOf(ranks);
    }

    /** Runs {@code task} on every rank; results in rank order. */
    <T> List<T> run(Task<T> task) {
        if (group == null) {
            return Collections.singletonList(runAlone(task));
        }
        RankTask<T> one = backend -> task.run(of(backend));
        return group.run(one);
    }

    /** Other processes of its group learn of a failure. */
    private <T> T runAlone(Task<T> task) {
        try {
            return task.run(first());
        } catch (RuntimeException | Error e) {
            first().backend().comm().abort(e);
            throw e;
        }
    }

    /** What every rank does. */
    @FunctionalInterface
    interface Task<T> {
        T run(Rank rank);
    }

    private Rank of(Backend backend) {
        return ranks.stream()
                .filter(rank -> rank.backend() == backend)
                .findFirst()
                .orElseThrow();
    }

    /** Frees every rank's parameters, then its backend. */
    @Override
    public void close() {
        if (!ranks.isEmpty()) {
            run(rank -> {
                rank.parts().close();
                return null;
            });
            ranks.clear();
        }
        resources.close();
    }
}
