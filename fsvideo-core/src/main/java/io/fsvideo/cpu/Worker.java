package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.fsvideo.tensor.DType;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Pointer;

/** What one thread owns while it computes: oneDNN stream, argument lists, native scratch and heap blocks. Never shared. */
final class Worker implements AutoCloseable {
    /** Native scratch buffers that may be needed at the same time. */
    enum Scratch {
        INPUT,
        OUTPUT,
        SCORES,
        PROBABILITIES,
        KEYS,
        VALUES,
        PACKED,
        ROWS,
        MATHS,
        STATISTICS,
        ONEDNN
    }

    private record Buffer(long address, long bytes) {}

    private final OneDnn oneDnn;
    private final NativePool pool;
    private final dnnl_stream stream = new dnnl_stream();
    private final Map<Primitive, PrimitiveCall> calls = new IdentityHashMap<>();
    private final Map<Scratch, Buffer> scratch = new EnumMap<>(Scratch.class);
    private final Address cursor = new Address();
    private final Address second = new Address();
    private final Staging staging = new Staging();

    Worker(OneDnn oneDnn, NativePool pool) {
        this.oneDnn = oneDnn;
        this.pool = pool;
        OneDnn.check(dnnl_stream_create(stream, oneDnn.engine(), dnnl_stream_in_order), "stream");
    }

    /** Heap blocks and the copies between them and native memory. */
    Staging staging() {
        return staging;
    }

    /** Call on the thread that will use this worker. */
    void enter() {
        oneDnn.openMp().useOneThread();
    }

    /** Gives scratch memory back to the pool. */
    void leave() {
        scratch.values().forEach(buffer -> pool.free(buffer.address, buffer.bytes));
        scratch.clear();
    }

    /** Native memory of at least {@code bytes}, valid until a larger request for the same purpose or {@link #leave}. */
    long scratch(Scratch purpose, long bytes) {
        Buffer buffer = scratch.get(purpose);
        if (buffer == null || buffer.bytes < bytes) {
            if (buffer != null) {
                scratch.remove(purpose);
                pool.free(buffer.address, buffer.bytes);
            }
            buffer = new Buffer(pool.allocate(bytes), bytes);
            scratch.put(purpose, buffer);
        }
        return buffer.address;
    }

    /** Runs a primitive on these addresses, in the order of its arguments. */
    void execute(Primitive primitive, long... addresses) {
        PrimitiveCall call = calls.get(primitive);
        if (call == null) {
            call = new PrimitiveCall(primitive, oneDnn.engine(), cursor);
            calls.put(primitive, call);
        }
        long scratchpad = call.scratchBytes() == 0 ? 0 : scratch(Scratch.ONEDNN, call.scratchBytes());
        call.execute(stream, cursor, scratchpad, addresses);
    }

    /** Drops what was kept for a primitive about to be destroyed. */
    void forget(Primitive primitive) {
        PrimitiveCall call = calls.remove(primitive);
        if (call != null) {
            call.close();
        }
    }

    void copy(long target, long source, long bytes) {
        Pointer.memcpy(cursor.at(target), second.at(source), bytes);
    }

    /** Copies {@code count} elements, converting when the dtypes differ. */
    void convert(DType from, long source, DType to, long target, long count) {
        if (from == to) {
            copy(target, source, count * from.bytes());
        } else {
            staging.convert(from, source, to, target, count);
        }
    }

    void zero(long target, long bytes) {
        Pointer.memset(cursor.at(target), 0, bytes);
    }

    @Override
    public void close() {
        leave();
        calls.values().forEach(PrimitiveCall::close);
        calls.clear();
        OneDnn.check(dnnl_stream_destroy(stream), "stream destruction");
    }
}
