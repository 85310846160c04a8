package io.fsvideo.bench;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.TensorSource;
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
 * What benches of larger parts share: random weights, the time in each operation, memory, and one check of the answer against the same
 * network in F32 on the CPU backend, which the reference runs hold to account.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public abstract class NetworkBench {
    static final TensorSource WEIGHTS = new RandomSource(Inputs.SEED);

    @Param({"F32", "BF16"})
    DType dtype;

    /** Who does the work: this library or a {@link Peer}'s way. */
    @Param(Peers.OURS)
    String via;

    private Backend opened;
    private Trace trace;
    private Arena arena;
    private Runner runner;
    private long processBytes;
    private Cost cost;
    private double inOperations;

    /** What is run and timed. */
    private interface Runner extends AutoCloseable {
        void run();

        /** The answer; may take a run of its own. */
        float[] result();

        @Override
        void close();
    }

    /** {@code name:AxBxC}, the subclass's parameter. */
    abstract String shape();

    /** The inputs, and what to do with them said for other libraries too; made from {@code in}, {@code n} being the shape's sizes. */
    abstract Work work(Inputs in, long[] n);

    /** This library's way to do {@link #work}, weights loaded into {@code a}. */
    abstract Network network(Arena a, Work work, DType compute);

    /** @throws WrongResultException when the answer is wrong: it is not timed then */
    @Setup
    public void open() {
        opened = Peers.open(via);
        trace = new Trace(opened);
        arena = Arena.root(trace.backend(), BenchShape.bench(getClass()));
        try {
            Work work = work(new Inputs(arena, dtype, 0), BenchShape.sizes(shape()));
            Peer peer = Peers.isOurs(via) ? null : Peers.of(BenchShape.bench(getClass()), opened.name(), via);
            if (peer != null) {
                peer.load();
            }
            long before = Resident.bytes();
            Resident.resetPeak();
            runner = peer == null ? ours(work) : theirs(peer, work);
            trace.pause();
            runner.run();
            processBytes = Resident.peakBytes() - before;
            count(peer == null);
            check(runner.result());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** One run with a wait behind every operation, which the timed ones do without; its times go to the report's folder. */
    private void count(boolean ours) {
        trace.begin();
        long began = System.nanoTime();
        runner.run();
        double seconds = (System.nanoTime() - began) * 1e-9;
        trace.pause();
        cost = trace.cost();
        inOperations = 100 * trace.seconds() / seconds;
        if (ours) {
            Parts.write(BenchShape.bench(getClass()), shape(), dtype, trace, seconds);
        }
    }

    private Runner ours(Work work) {
        Network network = network(arena, work, dtype);
        return new Runner() {
            @Override
            public void run() {
                try (Arena t = arena.child("run")) {
                    network.forward().apply(t);
                    opened.synchronize();
                }
            }

            @Override
            public float[] result() {
                try (Arena t = arena.child("result")) {
                    return network.forward().apply(t).toFloats();
                }
            }

            @Override
            public void close() {
                // Everything lies in the bench's arena.
            }
        };
    }

    private Runner theirs(Peer peer, Work work) {
        Peer.Prepared other = peer.prepare(via, work);
        return new Runner() {
            @Override
            public void run() {
                other.run();
            }

            @Override
            public float[] result() {
                try (Arena t = arena.child("result")) {
                    Tensor out = t.alloc("result", DType.F32, other.shape());
                    other.copyTo(out);
                    return out.toFloats();
                }
            }

            @Override
            public void close() {
                other.close();
            }
        };
    }

    private void check(float[] actual) {
        try (Backend cpu = Backend.open("cpu");
                Arena a = Arena.root(cpu, "check")) {
            Work work = work(new Inputs(a, dtype, 0), BenchShape.sizes(shape()));
            float[] expected = network(a, work, DType.F32).forward().apply(a).toFloats();
            Closeness.require(BenchShape.bench(getClass()) + " " + shape(), expected, actual, dtype);
        }
    }

    /** One call, finished on the device. */
    @Benchmark
    public void run(Rate rate, Memory memory) {
        opened.resetPeak();
        runner.run();
        rate.add(cost);
        memory.tensorMegabytes = opened.peakBytes() * 1e-6;
        memory.processMegabytes = processBytes * 1e-6;
        memory.inOperations = inOperations;
    }

    @TearDown
    public void close() {
        if (runner != null) {
            runner.close();
        }
        runner = null;
        arena.close();
        opened.close();
    }
}
