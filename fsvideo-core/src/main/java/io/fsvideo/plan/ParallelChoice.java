package io.fsvideo.plan;

import io.fsvideo.Parallel;
import io.fsvideo.RequestException;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.TransformerWork;
import io.fsvideo.tensor.Comm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The choice of how ranks share a model's transformers.
 *
 * @since 0.1
 */
public final class ParallelChoice {
    private ParallelChoice() {}

    /**
     * Finds what {@code asked} means for a model: for {@link Parallel#AUTO} what is predicted to be fastest for its default video, and
     * for {@link Parallel#GUIDANCE} shares of tokens where a transformer never has a second branch.
     *
     * @throws RequestException when so many ranks cannot share it so
     */
    public static Sharing of(ModelConfig config, Comm ranks, Parallel asked) {
        if (ranks.size() == 1) {
            return Sharing.alone();
        }
        if (asked == Parallel.GUIDANCE && ranks.size() != 2) {
            throw new RequestException("parallel: ranks must be 2 for guidance, one per branch, got " + ranks.size());
        }
        Map<Part, Parallel> ways = new LinkedHashMap<>();
        work(config).forEach(work -> ways.put(work.part(), way(work, ranks.size(), asked)));
        return new Sharing(ranks, ways);
    }

    private static Parallel way(TransformerWork work, int ranks, Parallel asked) {
        return switch (asked) {
            case AUTO ->
                ParallelCost.cheapest(work, ranks, Accelerator.h200(), Link.nvlink4())
                        .way();
            case GUIDANCE -> work.isGuidable() ? asked : Parallel.SEQUENCE;
            default -> asked;
        };
    }

    /** Returns the transformers' work for the model's default video. */
    public static List<TransformerWork> work(ModelConfig config) {
        Defaults defaults = config.pipeline();
        return config.work(new Geometry(defaults.frames(), defaults.height(), defaults.width(), config.sizes()));
    }
}
