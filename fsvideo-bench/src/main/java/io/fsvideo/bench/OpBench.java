package io.fsvideo.bench;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import java.util.ArrayList;
import java.util.List;
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
 * What all benches of operations share: the backend named by {@code -Dfsvideo.backend}, inputs that rotate through more memory than
 * caches hold, one check of the answer, and the wait for the device inside the timed region.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(1)
public abstract class OpBench {
    /** More than the last-level caches of the machines in use; an H200's is 50 MB. */
    private static final long ROTATION_BYTES = 256L << 20;

    private static final int LEAST_COPIES = 2;
    private static final int MOST_COPIES = 16;

    @Param({"F32", "BF16"})
    DType dtype;

    /** Who does the work: this library or a {@link Peer}'s way. */
    @Param(Peers.OURS)
    String via;

    private final List<Peer.Prepared> prepared = new ArrayList<>();
    private Backend backend;
    private Arena arena;
    private final List<Call> calls = new ArrayList<>();
    private int next;

    /** {@code name:AxBxC}, the subclass's parameter. */
    abstract String shape();

    /** The operation on inputs from {@code in}, {@code n} being the sizes of {@link #shape}. */
    abstract Call call(Inputs in, long[] n);

    /** @throws WrongResultException when the operation's answer is wrong: it is not timed then */
    @Setup
    public void open() {
        backend = Peers.open(via);
        arena = Arena.root(backend, BenchShape.bench(getClass()));
        try {
            long[] sizes = BenchShape.sizes(shape());
            calls.add(calledBy(call(new Inputs(arena, dtype, 0), sizes)));
            AnswerCheck.check(BenchShape.bench(getClass()) + " " + shape(), calls.get(0), backend);
            long copies = ROTATION_BYTES / Math.max(1, arena.bytesInUse()) + 1;
            for (int i = 1; i < Math.max(LEAST_COPIES, Math.min(MOST_COPIES, copies)); i++) {
                calls.add(calledBy(call(new Inputs(arena, dtype, i), sizes)));
            }
            backend.synchronize();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Call calledBy(Call ours) {
        if (Peers.isOurs(via)) {
            return ours;
        }
        Peer.Prepared other =
                Peers.of(BenchShape.bench(getClass()), backend.name(), via).prepare(via, ours.work());
        prepared.add(other);
        return ours.by(other);
    }

    /** One call, finished on the device. */
    @Benchmark
    public void run(Rate rate) {
        Call call = calls.get(next);
        next = (next + 1) % calls.size();
        call.timed().accept(backend.ops());
        backend.synchronize();
        rate.add(call.cost());
    }

    @TearDown
    public void close() {
        calls.clear();
        next = 0;
        prepared.forEach(Peer.Prepared::close);
        prepared.clear();
        arena.close();
        backend.close();
    }
}
