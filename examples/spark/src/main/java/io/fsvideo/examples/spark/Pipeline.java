package io.fsvideo.examples.spark;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.tensor.FsVideoException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.resource.ResourceInformation;

/**
 * Makes the videos of one task: opens the model once, on the GPU that Spark gave the task, else on its processors, and takes one job
 * after the other. A job that fails is an outcome, so that Spark does not repeat the others.
 *
 * @param model directory of the model, where every executor sees it
 */
record Pipeline(String model) implements FlatMapFunction<Iterator<Job>, Outcome> {
    @Override
    public Iterator<Outcome> call(Iterator<Job> jobs) {
        List<Outcome> outcomes = new ArrayList<>();
        if (!jobs.hasNext()) {
            return outcomes.iterator();
        }
        TaskContext task = TaskContext.get();
        try (FsVideo fsVideo = FsVideo.open(Path.of(model), options(task))) {
            while (jobs.hasNext() && !task.isInterrupted()) {
                outcomes.add(make(fsVideo, jobs.next()));
            }
        }
        return outcomes.iterator();
    }

    private static OpenOptions options(TaskContext task) {
        ResourceInformation gpu = task.resourcesJMap().get("gpu");
        return OpenOptions.defaults()
                .withBackend(gpu == null ? "cpu" : "cuda:" + gpu.addresses()[0])
                .withThreads(task.cpus());
    }

    /** The video appears complete or not at all, so one that is there was finished, whoever made it. */
    private static Outcome make(FsVideo fsVideo, Job job) {
        Path out = Path.of(job.out());
        if (Files.exists(out)) {
            return Outcome.doneBefore(job);
        }
        try {
            fsVideo.generate(job.request()).video().write(out);
            return Outcome.made(job);
        } catch (FsVideoException e) {
            return Outcome.failed(job, e.getMessage());
        }
    }
}
