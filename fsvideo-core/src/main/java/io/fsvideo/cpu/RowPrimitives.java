package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.fsvideo.tensor.DType;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Primitives between the rows of a dense matrix and one number, in F32, for each. */
record RowPrimitives(Primitives primitives) {
    private record Reduction(Operand data, int algorithm) {}

    private record Binary(Operand data, int algorithm, int after) {}

    private static Operand column(Operand data) {
        return Operand.dense(DType.F32, data.dims().dim(0), 1);
    }

    /** Largest of each row. Arguments: data, {@code [rows, 1]}. */
    Primitive max(Operand data) {
        return reduction(new Reduction(data, dnnl_reduction_max));
    }

    /** Sum of each row. Arguments: data, {@code [rows, 1]}. */
    Primitive sum(Operand data) {
        return reduction(new Reduction(data, dnnl_reduction_sum));
    }

    /** oneDNN reduces no single column, which is its own largest and sum. */
    private Primitive reduction(Reduction key) {
        if (key.data.dims().dim(1) == 1) {
            return primitives.reorder(key.data, column(key.data));
        }
        return primitives.cached(key, () -> {
            dnnl_memory_desc from = key.data.describe();
            dnnl_memory_desc to = column(key.data).describe();
            dnnl_primitive_desc descriptor = Primitives.created(
                    "reduction of " + key.data.dims(),
                    (made, attributes) -> dnnl_reduction_primitive_desc_create(
                            made, primitives.engine(), key.algorithm, from, to, 0, 0, attributes),
                    from,
                    to);
            return new Primitive(descriptor, DNNL_ARG_SRC, DNNL_ARG_DST);
        });
    }

    /** {@code e^(data - number of the row)}. Arguments: data F32, {@code [rows, 1]}, data again, which is overwritten. */
    Primitive exponentials(Operand data) {
        return binary(new Binary(data, dnnl_binary_sub, dnnl_eltwise_exp));
    }

    /** {@code data / number of the row}. Arguments: data F32, {@code [rows, 1]}, data again, which is overwritten. */
    Primitive divide(Operand data) {
        return binary(new Binary(data, dnnl_binary_div, 0));
    }

    private Primitive binary(Binary key) {
        return primitives.cached(key, () -> {
            dnnl_memory_desc data = key.data.describe();
            dnnl_memory_desc numbers = column(key.data).describe();
            dnnl_post_ops after = new dnnl_post_ops();
            OneDnn.check(dnnl_post_ops_create(after), "post operations");
            try {
                if (key.after != 0) {
                    OneDnn.check(dnnl_post_ops_append_eltwise(after, key.after, 0, 0), "post operation");
                }
                dnnl_primitive_desc descriptor = Primitives.created(
                        "operation on rows of " + key.data.dims(),
                        (made, attributes) -> {
                            OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, after), "post operations");
                            return dnnl_binary_primitive_desc_create(
                                    made, primitives.engine(), key.algorithm, data, numbers, data, attributes);
                        },
                        data,
                        numbers);
                return new Primitive(descriptor, DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST);
            } finally {
                dnnl_post_ops_destroy(after);
            }
        });
    }
}
