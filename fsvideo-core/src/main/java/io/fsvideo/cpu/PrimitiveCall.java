package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/** One thread's reusable argument list of a {@link Primitive}: only addresses change from call to call. */
final class PrimitiveCall implements AutoCloseable {
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
