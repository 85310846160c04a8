package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * The layout oneDNN prefers for a weight. Compared by identity: {@link PackedWeights} makes one per shape.
 *
 * @param dims as the primitive sees them: {@code [in, out]}, or {@code [groups, out, in, frames, height, width]}
 * @param bytes including padding
 */
final class PackedWeight {
    private final DType dtype;
    private final Shape dims;
    private final dnnl_memory_desc desc;
    private final long bytes;

    PackedWeight(DType dtype, Shape dims, dnnl_memory_desc desc, long bytes) {
        this.dtype = dtype;
        this.dims = dims;
        this.desc = desc;
        this.bytes = bytes;
    }

    DType dtype() {
        return dtype;
    }

    Shape dims() {
        return dims;
    }

    dnnl_memory_desc desc() {
        return desc;
    }

    long bytes() {
        return bytes;
    }
}
