package io.fsvideo.bench;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole request with the model in {@code -Dfsvideo.model} (default {@code models/demo}): frames, height, width, steps of the base
 * model and of the refiner.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PipelineBench {
    private static final int SIDE = 96;

    @Param({"tiny:5x128x128x1x1", "demo:17x256x256x12x4"})
    String shape;

    @Param({"F32", "BF16"})
    DType dtype;

    @Param(Peers.OURS)
    String via;

    private FsVideo pipeline;
    private long[] sizes;
    private Cost cost;
    private double inOperations;

    @Setup
    public void open() {
        sizes = BenchShape.sizes(shape);
        String backend = System.getProperty("fsvideo.backend", "cpu");
        count(backend);
        pipeline = open(backend, dtype);
    }

    /** Checks the answer, then counts a request's operations, with a wait behind each; the timed requests do without. */
    private void count(String backend) {
        float[] expected;
        try (FsVideo plain = open("cpu", DType.F32)) {
            expected = levels(generate(plain).video());
        }
        Trace trace = new Trace(Backend.open(backend));
        String lent = TracedBackends.lend(trace);
        try (FsVideo traced = open(lent, dtype)) {
            float[] actual = levels(generate(traced).video());
            Closeness.require(BenchShape.bench(getClass()) + " " + shape, expected, actual, dtype);
            trace.begin();
            long began = System.nanoTime();
            generate(traced);
            double seconds = (System.nanoTime() - began) * 1e-9;
            cost = trace.cost();
            inOperations = 100 * trace.seconds() / seconds;
            Parts.write(BenchShape.bench(getClass()), shape, dtype, trace, seconds);
        } finally {
            TracedBackends.takeBack(lent);
        }
    }

    private static FsVideo open(String backend, DType dtype) {
        Path model = Path.of(System.getProperty("fsvideo.model", "models/demo"));
        return FsVideo.open(model, OpenOptions.defaults().withBackend(backend).withDType(dtype));
    }

    private static float[] levels(Video video) {
        int size = video.height() * video.width() * 3;
        float[] levels = new float[video.frames() * size];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = video.frame(i / size)[i % size] & 0xff;
        }
        return levels;
    }

    private Result generate(FsVideo with) {
        Request request = Request.of(picture())
                .withSeed(Inputs.SEED)
                .withFrames((int) sizes[0])
                .withSize((int) sizes[1], (int) sizes[2])
                .withSteps((int) sizes[3])
                .withRefinerSteps((int) sizes[4]);
        return with.generate(request);
    }

    /** A smooth coloured square, so that frames have something to show. */
    private static Image picture() {
        float[] rgb = new float[SIDE * SIDE * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (float) (0.5 + 0.5 * Math.sin(i / 3 % SIDE * 0.1 + i / (3 * SIDE) * 0.07 + i % 3));
        }
        return Image.of(SIDE, SIDE, rgb);
    }

    /** One request, from image to frames. */
    @Benchmark
    public void run(Rate rate, Memory memory) {
        Result result = generate(pipeline);
        rate.add(cost);
        memory.tensorMegabytes = result.peakBytes() * 1e-6;
        memory.inOperations = inOperations;
    }

    @TearDown
    public void close() {
        pipeline.close();
    }
}
