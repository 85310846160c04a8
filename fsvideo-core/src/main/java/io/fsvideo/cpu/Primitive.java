package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** A compiled oneDNN primitive, shared by all threads: argument kinds, their descriptions and the scratch bytes it needs. */
final class Primitive implements AutoCloseable {
    private final dnnl_primitive handle = new dnnl_primitive();
    private final int[] arguments;
    private final dnnl_memory_desc[] descs;
    private final String implementation;

    /**
     * @param descriptor destroyed here, whatever happens
     * @param arguments {@code DNNL_ARG_*}, one per address of an execution; scratch is added
     */
    Primitive(dnnl_primitive_desc descriptor, int... arguments) {
        try {
            this.arguments = arguments;
            OneDnn.check(dnnl_primitive_create(handle, descriptor), "primitive");
            implementation = OneDnn.implementation(descriptor);
            descs = new dnnl_memory_desc[arguments.length + 1];
            for (int i = 0; i < arguments.length; i++) {
                descs[i] = OneDnn.clone(dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, arguments[i]));
            }
            descs[arguments.length] =
                    OneDnn.clone(dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0));
        } finally {
            dnnl_primitive_desc_destroy(descriptor);
        }
    }

    dnnl_primitive handle() {
        return handle;
    }

    int argumentCount() {
        return arguments.length;
    }

    int argument(int i) {
        return i == arguments.length ? DNNL_ARG_SCRATCHPAD : arguments[i];
    }

    /** Description of argument {@code i}; the scratch memory's after the last. */
    dnnl_memory_desc desc(int i) {
        return descs[i];
    }

    long scratchBytes() {
        return dnnl_memory_desc_get_size(descs[arguments.length]);
    }

    String implementation() {
        return implementation;
    }

    @Override
    public void close() {
        OneDnn.check(dnnl_primitive_destroy(handle), "primitive destruction");
        Operand.destroy(descs);
    }
}
