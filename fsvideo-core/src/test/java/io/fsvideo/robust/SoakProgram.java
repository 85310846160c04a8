package io.fsvideo.robust;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.Offload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Thousands of requests in one process, some cancelled, interrupted, timed out, or closed under. Prints what the process holds as lines
 * of a table: {@code requests,rss_kb,threads,descriptors}. Arguments: the number of requests and a seed.
 *
 * <p>{@code java -cp CLASSPATH io.fsvideo.robust.SoakProgram 10000 1 > soak.csv}
 */
public final class SoakProgram {
    private static final int ROWS = 100;
    private static final int MOST_MINUTES = 5;

    private final Random random;
    private final Map<String, Integer> ends = new TreeMap<>();
    private FsVideo pipeline;

    private SoakProgram(long seed) {
        random = new Random(seed);
    }

    /** @param arguments requests and seed */
    public static void main(String[] arguments) throws Exception {
        int requests = Integer.parseInt(arguments[0]);
        SoakProgram soak = new SoakProgram(Long.parseLong(arguments[1]));
        System.out.println("requests,rss_kb,threads,descriptors");
        soak.open();
        for (int done = 0; done <= requests; done++) {
            if (done % Math.max(1, requests / ROWS) == 0) {
                System.out.println(done + "," + status("VmRSS") + "," + status("Threads") + "," + descriptors());
            }
            soak.one();
        }
        soak.pipeline.close();
        System.err.println(soak.ends);
    }

    private void open() {
        Offload offload = random.nextBoolean() ? Offload.NONE : Offload.PARTS;
        pipeline = FsVideo.open(
                SmallModel.directory(), OpenOptions.defaults().withThreads(1).withOffload(offload));
    }

    private void one() throws InterruptedException {
        Request request = SmallModel.request().withSteps(1).withRefinerSteps(1).withSeed(random.nextInt());
        switch (random.nextInt(8)) {
            case 0 -> cancelled(request);
            case 1 -> interrupted(request);
            case 2 -> timedOut(request);
            case 3 -> {
                CompletableFuture<Result> future = pipeline.submit(request).result();
                if (random.nextInt(20) == 0) {
                    pipeline.close();
                    open();
                }
                await(future);
            }
            default -> await(pipeline.submit(request).result());
        }
    }

    private void cancelled(Request request) {
        int at = random.nextInt(12);
        int[] seen = new int[1];
        try {
            pipeline.generate(request, ProgressListener.inStep(progress -> {
                if (seen[0]++ == at) {
                    throw new CancelledException("asked to");
                }
            }));
            count("made");
        } catch (CancelledException e) {
            count("cancelled");
        }
    }

    private void interrupted(Request request) {
        int at = random.nextInt(12);
        int[] seen = new int[1];
        Thread caller = Thread.currentThread();
        try {
            pipeline.generate(request, ProgressListener.inStep(progress -> {
                if (seen[0]++ == at) {
                    caller.interrupt();
                }
            }));
            count("made");
        } catch (FsVideoException e) {
            count("interrupted");
        } finally {
            Thread.interrupted();
        }
    }

    private void timedOut(Request request) throws InterruptedException {
        CompletableFuture<Result> future = pipeline.submit(request).result();
        try {
            future.get(random.nextInt(100), TimeUnit.MILLISECONDS);
            count("made");
        } catch (TimeoutException e) {
            future.cancel(true);
            count("timed out");
        } catch (ExecutionException e) {
            count(e.getCause().getClass().getSimpleName());
        }
    }

    /** A request that does not end in minutes is a deadlock. */
    private void await(CompletableFuture<Result> future) throws InterruptedException {
        try {
            future.get(MOST_MINUTES, TimeUnit.MINUTES);
            count("made");
        } catch (TimeoutException e) {
            throw new IllegalStateException("a request has not ended within " + MOST_MINUTES + " minutes", e);
        } catch (ExecutionException e) {
            count(e.getCause().getClass().getSimpleName());
        }
    }

    private void count(String end) {
        ends.merge(end, 1, Integer::sum);
    }

    private static long status(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count() - 1;
        }
    }
}
