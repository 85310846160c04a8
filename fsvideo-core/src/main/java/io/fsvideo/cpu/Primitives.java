package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Compiled primitives by what they compute. Compiling costs 30 us and more, running a compiled one about 1 us. At most {@link #CAPACITY}
 * are kept; the least recently used goes first. Used only inside {@link WorkerPool#exclusively}, before tasks are started.
 */
final class Primitives implements AutoCloseable {
    private static final int CAPACITY = 2048;

    /** {@code dst = activation(scale (src weights) + bias + addend)}; bias, addend null when absent. */
    record MatMul(
            Operand src,
            Operand weights,
            Operand bias,
            Operand dst,
            float scale,
            Operand addend,
            Activation activation) {
        MatMul to(Operand other) {
            return new MatMul(src, weights, bias, other, scale, addend, activation);
        }
    }

    /** Convolution in oneDNN's axis order; pads are {@code [frames, height, width]}. */
    record Conv(
            Operand src,
            Operand weights,
            Operand bias,
            Operand dst,
            int stride,
            int left,
            int right,
            Activation activation) {}

    /**
     * A product and what else is done to its result.
     *
     * @param kept factor of what dst holds before, added to the product; 0 to overwrite it
     * @param last function of the result; 0 for none but the product's activation
     */
    private record Product(MatMul product, float kept, int last) {}

    private record Reorder(Operand src, Operand dst) {}

    private record Eltwise(Operand data, Activation activation) {}

    private record Softmax(Operand src, Operand dst) {}

    private final OneDnn oneDnn;
    private final Supplier<List<Worker>> workers;
    private final Map<Record, Primitive> cache = new LinkedHashMap<>(64, 0.75f, true);

    /** @param workers those whose argument lists must go before a primitive is destroyed */
    Primitives(OneDnn oneDnn, Supplier<List<Worker>> workers) {
        this.oneDnn = oneDnn;
        this.workers = workers;
    }

    /** The primitive of this key, made at its first use. */
    Primitive cached(Record key, Supplier<Primitive> make) {
        Primitive primitive = cache.get(key);
        if (primitive == null) {
            primitive = make.get();
            cache.put(key, primitive);
        }
        return primitive;
    }

    /** Makes room; called between operations, when no primitive is in use. */
    void trim() {
        var oldest = cache.entrySet().iterator();
        while (cache.size() > CAPACITY) {
            Primitive primitive = oldest.next().getValue();
            workers.get().forEach(worker -> worker.forget(primitive));
            primitive.close();
            oldest.remove();
        }
    }

    dnnl_engine engine() {
        return oneDnn.engine();
    }

    int size() {
        return cache.size();
    }

    /** Arguments: src, weights, [bias], dst, [addend]. */
    Primitive matMul(MatMul key) {
        return product(new Product(key, 0, 0));
    }

    /** {@code dst += src weights}. Arguments: src, weights, dst. */
    Primitive addMatMul(Operand src, Operand weights, Operand dst) {
        return product(new Product(new MatMul(src, weights, null, dst, 1, null, Activation.NONE), 1, 0));
    }

    /** {@code e^dst} of {@link #matMul}, with the same arguments. */
    Primitive exponentialMatMul(MatMul key) {
        return product(new Product(key, 0, dnnl_eltwise_exp));
    }

    private Primitive product(Product key) {
        return cached(key, () -> {
            dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
            OneDnn.check(describe(descriptor, key), key.toString());
            return new Primitive(descriptor, arguments(key.product.bias != null, key.product.addend != null));
        });
    }

    private static int[] arguments(boolean bias, boolean addend) {
        List<Integer> kinds = new ArrayList<>(List.of(DNNL_ARG_SRC, DNNL_ARG_WEIGHTS));
        if (bias) {
            kinds.add(DNNL_ARG_BIAS);
        }
        kinds.add(DNNL_ARG_DST);
        if (addend) {
            kinds.add(2 * DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1);
        }
        return kinds.stream().mapToInt(Integer::intValue).toArray();
    }

    private int describe(dnnl_primitive_desc descriptor, Product how) {
        MatMul key = how.product;
        dnnl_memory_desc src = key.src.describe();
        dnnl_memory_desc weights = key.weights.describe();
        dnnl_memory_desc bias = key.bias == null ? null : key.bias.describe();
        dnnl_memory_desc dst = key.dst.describe();
        dnnl_memory_desc addend = key.addend == null ? null : key.addend.describe();
        dnnl_primitive_attr attributes = OneDnn.attributes();
        dnnl_post_ops after = new dnnl_post_ops();
        try {
            OneDnn.check(dnnl_post_ops_create(after), "post operations");
            if (how.kept != 0) {
                OneDnn.check(dnnl_post_ops_append_sum(after, how.kept, 0, dnnl_data_type_undef), "sum");
            }
            if (key.scale != 1 || addend != null) {
                OneDnn.check(dnnl_post_ops_append_eltwise(after, dnnl_eltwise_linear, key.scale, 0), "scale");
            }
            if (addend != null) {
                OneDnn.check(dnnl_post_ops_append_binary(after, dnnl_binary_add, addend), "addend");
            }
            append(after, key.activation);
            if (how.last != 0) {
                OneDnn.check(dnnl_post_ops_append_eltwise(after, how.last, 0, 0), "function");
            }
            OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, after), "post operations");
            return dnnl_matmul_primitive_desc_create(descriptor, oneDnn.engine(), src, weights, bias, dst, attributes);
        } finally {
            dnnl_post_ops_destroy(after);
            dnnl_primitive_attr_destroy(attributes);
            Operand.destroy(src, weights, bias, dst, addend);
        }
    }

    /** Arguments: src, weights, [bias], dst. Null when oneDNN has only reference code for these weights' layout. */
    Primitive conv(Conv key) {
        Primitive found = cache.get(key);
        if (found != null) {
            return found;
        }
        dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
        int status = describe(descriptor, key);
        if (status == dnnl_unimplemented) {
            return null;
        }
        OneDnn.check(status, key.toString());
        if (OneDnn.implementation(descriptor).startsWith("ref")) {
            dnnl_primitive_desc_destroy(descriptor);
            return null;
        }
        return cached(key, () -> new Primitive(descriptor, arguments(key.bias != null, false)));
    }

    /** Does what {@link #conv} does, but accepts reference code. */
    Primitive convInAnyLayout(Conv key) {
        return cached(key, () -> {
            dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
            OneDnn.check(describe(descriptor, key), key.toString());
            return new Primitive(descriptor, arguments(key.bias != null, false));
        });
    }

    private int describe(dnnl_primitive_desc descriptor, Conv key) {
        dnnl_memory_desc src = key.src.describe();
        dnnl_memory_desc weights = key.weights.describe();
        dnnl_memory_desc bias = key.bias == null ? null : key.bias.describe();
        dnnl_memory_desc dst = key.dst.describe();
        dnnl_primitive_attr attributes = OneDnn.attributes();
        dnnl_post_ops after = new dnnl_post_ops();
        try {
            OneDnn.check(dnnl_post_ops_create(after), "post operations");
            append(after, key.activation);
            OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, after), "post operations");
            return dnnl_convolution_forward_primitive_desc_create(
                    descriptor,
                    oneDnn.engine(),
                    dnnl_forward_inference,
                    dnnl_convolution_direct,
                    src,
                    weights,
                    bias,
                    dst,
                    new long[] {1, key.stride, key.stride},
                    new long[3],
                    new long[] {0, 0, key.left},
                    new long[] {0, 0, key.right},
                    attributes);
        } finally {
            dnnl_post_ops_destroy(after);
            dnnl_primitive_attr_destroy(attributes);
            Operand.destroy(src, weights, bias, dst);
        }
    }

    private static void append(dnnl_post_ops after, Activation activation) {
        if (activation != Activation.NONE) {
            float alpha = activation == Activation.SILU ? 1 : 0;
            OneDnn.check(dnnl_post_ops_append_eltwise(after, algorithm(activation), alpha, 0), activation.name());
        }
    }

    private static int algorithm(Activation activation) {
        return switch (activation) {
            case NONE -> dnnl_eltwise_linear;
            case SILU -> dnnl_eltwise_swish;
            case GELU_TANH -> dnnl_eltwise_gelu_tanh;
            case GELU_ERF -> dnnl_eltwise_gelu_erf;
            case RELU -> dnnl_eltwise_relu;
        };
    }

    /** Fills in a descriptor; returns oneDNN's status. */
    interface Creation {
        int create(dnnl_primitive_desc descriptor, dnnl_primitive_attr attributes);
    }

    /** The descriptor of a primitive without post-operations; {@code operands} are destroyed. */
    static dnnl_primitive_desc created(String what, Creation creation, dnnl_memory_desc... operands) {
        dnnl_primitive_attr attributes = OneDnn.attributes();
        dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
        try {
            OneDnn.check(creation.create(descriptor, attributes), what);
        } finally {
            dnnl_primitive_attr_destroy(attributes);
            Operand.destroy(operands);
        }
        return descriptor;
    }

    /** Arguments: data, which is overwritten. */
    Primitive eltwise(Operand data, Activation activation) {
        return cached(new Eltwise(data, activation), () -> {
            dnnl_memory_desc desc = data.describe();
            dnnl_primitive_desc descriptor = created(
                    activation.name(),
                    (made, attributes) -> dnnl_eltwise_forward_primitive_desc_create(
                            made,
                            oneDnn.engine(),
                            dnnl_forward_inference,
                            algorithm(activation),
                            desc,
                            desc,
                            activation == Activation.SILU ? 1 : 0,
                            0,
                            attributes),
                    desc);
            return new Primitive(descriptor, DNNL_ARG_SRC, DNNL_ARG_DST);
        });
    }

    /** Softmax along the last of two axes. Arguments: src, dst. */
    Primitive softmax(Operand src, Operand dst) {
        return cached(new Softmax(src, dst), () -> {
            dnnl_memory_desc from = src.describe();
            dnnl_memory_desc to = dst.describe();
            dnnl_primitive_desc descriptor = created(
                    "softmax " + src.dims(),
                    (made, attributes) -> dnnl_softmax_forward_primitive_desc_create(
                            made,
                            oneDnn.engine(),
                            dnnl_forward_inference,
                            dnnl_softmax_accurate,
                            from,
                            to,
                            1,
                            attributes),
                    from,
                    to);
            return new Primitive(descriptor, DNNL_ARG_SRC, DNNL_ARG_DST);
        });
    }

    /** Copy between two layouts, converting when dtypes differ. Arguments: src, dst. */
    Primitive reorder(Operand src, Operand dst) {
        return cached(new Reorder(src, dst), () -> {
            dnnl_memory_desc from = src.describe();
            dnnl_memory_desc to = dst.describe();
            dnnl_primitive_desc descriptor = created(
                    "copy of " + src.dims() + " " + src.strides() + " to " + dst.strides(),
                    (made, attributes) -> dnnl_reorder_primitive_desc_create(
                            made, from, oneDnn.engine(), to, oneDnn.engine(), attributes),
                    from,
                    to);
            return new Primitive(descriptor, DNNL_ARG_FROM, DNNL_ARG_TO);
        });
    }

    /** The weights layout oneDNN prefers for a matrix product; destroy it. */
    dnnl_memory_desc preferredWeights(MatMul key) {
        oneDnn.openMp().useOneThread();
        dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
        OneDnn.check(describe(descriptor, new Product(key, 0, 0)), key.toString());
        return weightsOf(descriptor);
    }

    /** The weights layout oneDNN prefers for a convolution; destroy it. */
    dnnl_memory_desc preferredWeights(Conv key) {
        oneDnn.openMp().useOneThread();
        dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
        OneDnn.check(describe(descriptor, key), key.toString());
        return weightsOf(descriptor);
    }

    private static dnnl_memory_desc weightsOf(dnnl_primitive_desc descriptor) {
        try {
            return OneDnn.clone(dnnl_primitive_desc_query_md(descriptor, dnnl_query_weights_md, 0));
        } finally {
            dnnl_primitive_desc_destroy(descriptor);
        }
    }

    /** {@code [1, columns]} F32. */
    static Operand biasOf(long columns) {
        return Operand.strided(DType.F32, new long[] {1, columns}, columns, 1);
    }

    @Override
    public void close() {
        cache.values().forEach(primitive -> {
            workers.get().forEach(worker -> worker.forget(primitive));
            primitive.close();
        });
        cache.clear();
    }
}
