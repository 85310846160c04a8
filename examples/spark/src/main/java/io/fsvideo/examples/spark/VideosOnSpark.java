package io.fsvideo.examples.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Makes the videos of a manifest, see {@link Job}, with the processors and GPUs that Spark has: {@code MODEL MANIFEST PIPELINES}. */
public final class VideosOnSpark {
    private VideosOnSpark() {}

    /**
     * @param arguments the model's directory, the manifest, and how many pipelines share it
     * @throws IllegalStateException at the end, when some videos could not be made
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("arguments must be MODEL MANIFEST PIPELINES, got " + List.of(arguments));
        }
        List<Job> jobs = Job.readAll(Path.of(arguments[1]));
        List<Outcome> outcomes;
        try (JavaSparkContext spark = new JavaSparkContext(new SparkConf().setAppName("fsvideo"))) {
            outcomes = run(spark, jobs, Integer.parseInt(arguments[2]), new Pipeline(arguments[0]));
        }
        outcomes.forEach(System.out::println);
        List<Outcome> failed = outcomes.stream()
                .filter(outcome -> outcome.status() == Outcome.Status.FAILED)
                .toList();
        if (!failed.isEmpty()) {
            throw new IllegalStateException(failed.size() + " of " + outcomes.size()
                    + " videos could not be made; the same command tries only those again: " + failed);
        }
    }

    /** Spreads the jobs over tasks that never wait for each other, one pipeline each; outcomes are in the order of the jobs. */
    static List<Outcome> run(JavaSparkContext spark, List<Job> jobs, int pipelines, Pipeline pipeline) {
        return spark.parallelize(jobs, pipelines).mapPartitions(pipeline).collect();
    }
}
