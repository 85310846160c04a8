package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.fsvideo.tensor.DType;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Loader;
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

    /** One thread's reusable argument list of a {@link Primitive}: only addresses change from call to call. */
    private static final class PrimitiveCall implements AutoCloseable {
        private final Primitive primitive;
        private final dnnl_memory[] memories;
        private final dnnl_exec_arg_t arguments;
        private final long scratchBytes;

        PrimitiveCall(Primitive primitive, dnnl_engine engine, Address cursor) {
            this.primitive = primitive;
            int count = primitive.argumentCount() + 1;
            memories = new dnnl_memory[count];
            // Not JavaCPP's allocator: that one fails once the process is larger than four times the Java heap.
            arguments = new dnnl_exec_arg_t(Pointer.malloc((long) count * Loader.sizeof(dnnl_exec_arg_t.class)));
            for (int i = 0; i < count; i++) {
                memories[i] = new dnnl_memory();
                OneDnn.check(dnnl_memory_create(memories[i], primitive.desc(i), engine, cursor.at(0)), "memory");
                arguments.position(i).arg(primitive.argument(i)).memory(memories[i]);
            }
            arguments.position(0);
            scratchBytes = primitive.scratchBytes();
        }

        long scratchBytes() {
            return scratchBytes;
        }

        void execute(dnnl_stream stream, Address cursor, long scratch, long... addresses) {
            for (int i = 0; i < addresses.length; i++) {
                OneDnn.check(dnnl_memory_set_data_handle(memories[i], cursor.at(addresses[i])), "address");
            }
            if (scratch != 0) {
                OneDnn.check(
                        dnnl_memory_set_data_handle(memories[addresses.length], cursor.at(scratch)), "scratch address");
            }
            OneDnn.check(
                    dnnl_primitive_execute(primitive.handle(), stream, memories.length, arguments),
                    primitive.implementation());
        }

        @Override
        public void close() {
            for (dnnl_memory memory : memories) {
                OneDnn.check(dnnl_memory_destroy(memory), "memory destruction");
            }
            Pointer.free(arguments);
        }
    }
}
