package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.fsvideo.natives.NativeFolder;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** oneDNN's C interface with checked return codes: engine, instruction set, descriptors. */
final class OneDnn implements AutoCloseable {
    private static final int BF16_ISA = 0x80;
    private static final String[] STATUS = {
        "success",
        "out of memory",
        "invalid arguments",
        "unimplemented",
        "last implementation reached",
        "runtime error",
        "not required"
    };

    private final dnnl_engine engine = new dnnl_engine();
    private final OpenMp openMp;
    private final String version;

    private OneDnn(OpenMp openMp) {
        this.openMp = openMp;
        check(dnnl_engine_create(engine, dnnl_cpu, 0), "engine");
        try (dnnl_version_t found = dnnl_version()) {
            version = found.major() + "." + found.minor() + "." + found.patch();
        }
    }

    /** @throws BackendException when the library for this platform is not on the class path or does not load */
    static OneDnn load() {
        NativeFolder.use();
        try {
            Loader.load(org.bytedeco.dnnl.global.dnnl.class);
        } catch (LinkageError | RuntimeException e) {
            throw new BackendException(
                    "cpu: oneDNN must be loadable for " + Loader.getPlatform()
                            + ", got " + e + "; add org.bytedeco:dnnl, opencl and javacpp with classifier "
                            + Loader.getPlatform()
                            + " to the class path",
                    e);
        }
        OpenMp openMp = OpenMp.find();
        openMp.useOneThread();
        return new OneDnn(openMp);
    }

    dnnl_engine engine() {
        return engine;
    }

    OpenMp openMp() {
        return openMp;
    }

    String version() {
        return version;
    }

    /** Whether BF16 products run in hardware; without it oneDNN emulates them slower than F32. */
    static boolean hasBf16(int instructionSet) {
        return (instructionSet & BF16_ISA) != 0;
    }

    int instructionSet() {
        return dnnl_get_effective_cpu_isa();
    }

    static void check(int status, String what) {
        if (status != dnnl_success) {
            throw failure(status, what);
        }
    }

    static BackendException failure(int status, String what) {
        String name = status >= 0 && status < STATUS.length ? STATUS[status] : "status " + status;
        return new BackendException("cpu: oneDNN must accept " + what + ", got " + name);
    }

    /** oneDNN's type of the same size; integers and F16, F8 are only moved, never computed on. */
    static int type(DType dtype) {
        return switch (dtype) {
            case F32 -> dnnl_f32;
            case BF16 -> dnnl_bf16;
            case F16 -> dnnl_f16;
            case I32 -> dnnl_s32;
            case F8_E4M3, U8 -> dnnl_u8;
        };
    }

    /** Strided description, or oneDNN's own choice of layout when {@code strides} is null. */
    static dnnl_memory_desc describe(DType dtype, Shape dims, List<Long> strides) {
        dnnl_memory_desc desc = new dnnl_memory_desc();
        int status = strides == null
                ? dnnl_memory_desc_create_with_tag(desc, dims.rank(), dims.toArray(), type(dtype), dnnl_format_tag_any)
                : dnnl_memory_desc_create_with_strides(
                        desc,
                        dims.rank(),
                        dims.toArray(),
                        type(dtype),
                        strides.stream().mapToLong(Long::longValue).toArray());
        check(status, "operand " + dims + " " + dtype + " with strides " + strides);
        return desc;
    }

    /** Attributes of every primitive: scratch memory is ours. */
    static dnnl_primitive_attr attributes() {
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        check(dnnl_primitive_attr_create(attributes), "attributes");
        check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "scratchpad mode");
        return attributes;
    }

    /** Name of the code oneDNN chose. */
    static String implementation(dnnl_primitive_desc descriptor) {
        Pointer result = Pointer.malloc(Long.BYTES);
        try {
            check(dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, result), "query");
            return new PointerPointer<BytePointer>(result)
                    .get(BytePointer.class, 0)
                    .getString();
        } finally {
            Pointer.free(result);
        }
    }

    static dnnl_memory_desc clone(dnnl_memory_desc desc) {
        dnnl_memory_desc copy = new dnnl_memory_desc();
        check(dnnl_memory_desc_clone(copy, desc), "descriptor copy");
        return copy;
    }

    @Override
    public void close() {
        check(dnnl_engine_destroy(engine), "engine destruction");
    }
}
