package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.fsvideo.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Normalisation of the rows of {@code [rows, dim]}, computed in F32.
 *
 * @param flags {@code dnnl_rms_norm}, {@code dnnl_use_scale}, {@code dnnl_use_shift}
 * @param propagation {@code dnnl_forward_training} where each row's mean and variance are wanted, else {@code dnnl_forward_inference}
 */
record Normalization(long rows, long dim, DType src, DType dst, int flags, float eps, int propagation) {
    /** Arguments: src, dst, [mean, variance], [scale], [shift]. */
    Primitive from(Primitives primitives) {
        return primitives.cached(this, () -> {
            dnnl_memory_desc source = Operand.dense(src, rows, dim).describe();
            dnnl_memory_desc target = Operand.dense(dst, rows, dim).describe();
            dnnl_primitive_desc descriptor = Primitives.created(
                    toString(),
                    (made, attributes) -> dnnl_layer_normalization_forward_primitive_desc_create(
                            made, primitives.engine(), propagation, source, target, null, eps, flags, attributes),
                    source,
                    target);
            return new Primitive(descriptor, arguments());
        });
    }

    private int[] arguments() {
        List<Integer> kinds = new ArrayList<>(List.of(DNNL_ARG_SRC, DNNL_ARG_DST));
        if (propagation == dnnl_forward_training) {
            kinds.addAll(List.of(DNNL_ARG_MEAN, DNNL_ARG_VARIANCE));
        }
        if ((flags & dnnl_use_scale) != 0) {
            kinds.add(DNNL_ARG_SCALE);
        }
        if ((flags & dnnl_use_shift) != 0) {
            kinds.add(DNNL_ARG_SHIFT);
        }
        return kinds.stream().mapToInt(Integer::intValue).toArray();
    }
}
