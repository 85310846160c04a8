package io.fsvideo.cli;

import io.fsvideo.comm.RankPlace;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One task's part of a batch: every {@code count}-th item.
 *
 * @param id 0 .. count - 1
 */
record BatchShare(int id, int count) {
    BatchShare {
        if (count < 1 || id < 0 || id >= count) {
            throw new ManifestException("batch: task must be within 0 .. tasks - 1, got task " + id + " of " + count);
        }
    }

    /** A Slurm job array's task, else a rank as {@link RankPlace} reads it, else all of the batch. */
    static BatchShare of(Map<String, String> environment) {
        if (environment.containsKey("SLURM_ARRAY_TASK_COUNT")) {
            int first = number(environment, "SLURM_ARRAY_TASK_MIN", "0");
            int step = Math.max(1, number(environment, "SLURM_ARRAY_TASK_STEP", "1"));
            int id = number(environment, "SLURM_ARRAY_TASK_ID", "none");
            return new BatchShare((id - first) / step, number(environment, "SLURM_ARRAY_TASK_COUNT", "none"));
        }
        return RankPlace.of(environment)
                .map(place -> new BatchShare(place.rank(), place.size()))
                .orElse(new BatchShare(0, 1));
    }

    private static int number(Map<String, String> environment, String name, String absent) {
        String text = environment.getOrDefault(name, absent);
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ManifestException("batch: " + name + " must be a whole number, got " + text);
        }
    }

    <T> List<T> of(List<T> items) {
        return IntStream.range(0, items.size())
                .filter(i -> i % count == id)
                .mapToObj(items::get)
                .toList();
    }
}
