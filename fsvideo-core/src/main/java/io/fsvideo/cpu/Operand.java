package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * One argument of a primitive, as part of the key it is cached under.
 *
 * @param strides in elements, or null when {@code packed} or oneDNN chooses
 * @param packed a layout chosen earlier, or null
 */
record Operand(DType dtype, Shape dims, List<Long> strides, PackedWeight packed) {
    /** oneDNN counts blocks of a dimension in 32 bits, and ends the process when that gives none. */
    private static final long MOST = 1 << 30;

    /** @throws ShapeException when a dimension is larger than oneDNN can count */
    Operand {
        for (long dim : dims.toArray()) {
            if (dim > MOST) {
                throw new ShapeException("cpu: every dimension must be at most " + MOST + ", got " + dims);
            }
        }
    }

    /** Row major. */
    static Operand dense(DType dtype, long... dims) {
        long[] strides = new long[dims.length];
        long step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(1, dims[i]);
        }
        return strided(dtype, dims, strides);
    }

    static Operand strided(DType dtype, long[] dims, long... strides) {
        return new Operand(dtype, Shape.of(dims), Arrays.stream(strides).boxed().toList(), null);
    }

    /** oneDNN chooses. */
    static Operand any(DType dtype, long... dims) {
        return new Operand(dtype, Shape.of(dims), null, null);
    }

    static Operand packed(PackedWeight weight) {
        return new Operand(weight.dtype(), weight.dims(), null, weight);
    }

    /** {@code [batch, frames, height, width, channels]} in memory, in oneDNN's order batch, channels, frames, height, width. */
    static Operand channelsLast(DType dtype, long channels, long frames, long height, long width) {
        return strided(
                dtype,
                new long[] {1, channels, frames, height, width},
                channels * frames * height * width,
                1,
                height * width * channels,
                width * channels,
                channels);
    }

    dnnl_memory_desc describe() {
        return packed != null ? OneDnn.clone(packed.desc()) : OneDnn.describe(dtype, dims, strides);
    }

    static void destroy(dnnl_memory_desc... descs) {
        for (dnnl_memory_desc desc : descs) {
            if (desc != null) {
                OneDnn.check(dnnl_memory_desc_destroy(desc), "descriptor destruction");
            }
        }
    }
}
