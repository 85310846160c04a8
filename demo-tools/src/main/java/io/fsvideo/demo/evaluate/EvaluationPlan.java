package io.fsvideo.demo.evaluate;

import io.fsvideo.demo.motion.Motion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What an evaluation makes: {@code pictures x prompts} clips, and for the first {@code compared} pictures as many again with the next
 * seed and with every other guidance.
 *
 * @param photographs folders of held-out photographs
 * @param pictures number of held-out pictures
 * @param prompts moves asked for
 * @param seed of the clips and of the first procedural picture
 * @param compared pictures that another seed and other guidances are tried on
 * @param guidances scales beside the model's own
 * @param limit no picture is begun later than this; the report says how many were
 */
public record EvaluationPlan(
        List<Path> photographs,
        int pictures,
        List<Motion> prompts,
        long seed,
        int compared,
        List<Float> guidances,
        Duration limit) {
    public EvaluationPlan {
        if (pictures < 1 || compared < 0 || compared > pictures || prompts.isEmpty()) {
            throw new EvaluationException(
                    "evaluate: pictures, prompts must be at least 1 and compared within 0..pictures, got " + pictures
                            + ", " + prompts.size() + ", " + compared);
        }
        photographs = List.copyOf(photographs);
        prompts = List.copyOf(prompts);
        guidances = List.copyOf(guidances);
    }

    /** The same of fewer pictures. */
    EvaluationPlan ofFirst(int count) {
        return new EvaluationPlan(photographs, count, prompts, seed, Math.min(compared, count), guidances, limit);
    }

    /** Clips to generate. */
    int clips() {
        return prompts.size() * (pictures + compared * (1 + guidances.size()));
    }
}
