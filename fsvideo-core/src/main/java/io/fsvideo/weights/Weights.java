package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.PlanBackend;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A place in a checkpoint's tree of names: {@code w.at("blocks", i).at("self_attn").linear("q.weight", dim, dim)}. Matrices and
 * kernels are loaded in the model's dtype and packed for their operation; vectors and other small parameters in F32.
 */
public final class Weights {
    private final Arena arena;
    private final TensorSource source;
    private final DType dtype;
    private final Requests requests;
    private final Residence residence;
    private final String path;
    /** Null where linear weights are in the model's dtype. */
    private final LinearWeights linear;

    private Weights(
            Arena arena,
            TensorSource source,
            DType dtype,
            LinearWeights linear,
            Requests requests,
            Residence residence,
            String path) {
        this.arena = arena;
        this.source = source;
        this.dtype = dtype;
        this.linear = linear;
        this.requests = requests;
        this.residence = residence;
        this.path = path;
    }

    /**
     * Builds a model whose parameters live in {@code arena}. Names and shapes are compared first, so that nothing is read from a
     * checkpoint that does not fit.
     *
     * @param dtype of matrices and kernels
     * @param constructor reads every parameter through the {@link Weights} it is given, the same ones each time
     * @throws WeightsException listing all missing, unused and mis-shaped keys together
     */
    public static <M> M load(Arena arena, TensorSource source, DType dtype, Function<Weights, M> constructor) {
        requireNames(arena.backend(), source, constructor);
        return constructor.apply(new Weights(arena, source, dtype, LinearWeights.STORED, new Requests(), null, ""));
    }

    /**
     * The same for parameters that live in {@code residence}, which is theirs alone. A source that is read again at each {@link
     * Residence#enter} must stay open.
     */
    public static <M> M load(Residence residence, TensorSource source, DType dtype, Function<Weights, M> constructor) {
        requireNames(residence.arena().backend(), source, constructor);
        M model = constructor.apply(
                new Weights(residence.arena(), source, dtype, residence.linear(), new Requests(), residence, ""));
        residence.loaded();
        return model;
    }

    private static void requireNames(Backend backend, TensorSource source, Function<Weights, ?> constructor) {
        if (source.shapes() != null) {
            requests(backend, source, constructor).check(source);
        }
    }

    /**
     * Compares a checkpoint's names and shapes with what a model's constructor asks for, reading nothing.
     *
     * @throws WeightsException listing all missing, unused and mis-shaped keys together
     */
    public static void requireFit(Backend target, TensorSource source, Function<Weights, ?> constructor) {
        requests(target, source, constructor).check(source);
    }

    /** The names and shapes a model's constructor asks for, found without loading anything. */
    public static Requests requests(Backend target, Function<Weights, ?> constructor) {
        return requests(target, null, constructor);
    }

    private static Requests requests(Backend target, TensorSource source, Function<Weights, ?> constructor) {
        Requests requests = new Requests(source);
        try (PlanBackend plan = new PlanBackend(target);
                Arena arena = Arena.root(plan, "requests")) {
            constructor.apply(new Weights(arena, new ShapesOnly(), DType.F32, null, requests, null, ""));
        }
        return requests;
    }

    /** The subtree under these segments, joined by dots. */
    public Weights at(Object... segments) {
        String name = Arrays.stream(segments).map(String::valueOf).collect(Collectors.joining("."));
        return new Weights(arena, source, dtype, linear, requests, residence, key(name));
    }

    /** The same place with matrices and kernels in {@code matrices} and nothing narrower, for the parts of a model that need precision. */
    public Weights as(DType matrices) {
        return new Weights(arena, source, matrices, null, requests, residence, path);
    }

    /** The same place with parameters in another arena. */
    Weights in(Arena other) {
        return new Weights(other, source, dtype, linear, requests, residence, path);
    }

    /** The stream that blocks come by; null when they stay with everything else. */
    BlockStream stream() {
        return residence != null && residence.streams() ? residence.stream() : null;
    }

    /** A parameter of any rank in F32: norm weights, biases, modulations, position tables. */
    public Tensor tensor(String name, long... shape) {
        return parameter(name, t -> t.cast(load(t, name, shape), DType.F32).named(key(name)));
    }

    /** A plain table in the model's dtype, e.g. token embeddings {@code [rows, dim]}. */
    public Tensor table(String name, long rows, long dim) {
        return parameter(name, t -> t.cast(load(t, name, rows, dim), dtype).named(key(name)));
    }

    /**
     * A weight packed for {@code linear}.
     *
     * @param shape {@code [out, in]}, or {@code [out, …]} whose other dimensions are flattened in row-major order to {@code in}
     */
    public Tensor linear(String name, long... shape) {
        long in = Shape.of(shape).numel() / Math.max(1, shape[0]);
        DType packed = linearDType(name, Shape.of(shape[0], in));
        return parameter(name, t -> t.pack(load(t, name, shape).reshape(shape[0], in), Layout.LINEAR, packed));
    }

    private DType linearDType(String name, Shape shape) {
        boolean narrow = linear == LinearWeights.FP8 || linear == LinearWeights.STORED && source.isScaled(key(name));
        return narrow && arena.backend().multipliesFp8(shape) ? DType.F8_E4M3 : dtype;
    }

    /**
     * A kernel packed for {@code conv3d}.
     *
     * @param shape {@code [out, in / groups, kernelFrames, kernelHeight, kernelWidth]}, or without kernelFrames for 1
     */
    public Tensor conv3d(String name, int groups, long... shape) {
        return parameter(name, t -> {
            Tensor plain = load(t, name, shape);
            if (shape.length == 4) {
                plain = plain.reshape(shape[0], shape[1], 1, shape[2], shape[3]);
            }
            return t.pack(plain, Layout.conv3d(groups), dtype);
        });
    }

    /** What {@code maker} makes, in this arena; the residence may ask for it again. */
    private Tensor parameter(String name, Function<Arena, Tensor> maker) {
        Tensor made = kept(arena, name, maker);
        if (residence != null && arena == residence.arena()) {
            residence.made(made, a -> kept(a, name, maker));
        }
        return made;
    }

    private Tensor kept(Arena a, String name, Function<Arena, Tensor> maker) {
        try (Arena t = a.child(key(name))) {
            return t.keep(maker.apply(t));
        }
    }

    private Tensor load(Arena t, String name, long... shape) {
        String key = key(name);
        Shape expected = Shape.of(shape);
        requests.add(key, expected);
        Tensor tensor = source.load(t, key, expected);
        if (tensor.dtype() == DType.I32 || tensor.dtype() == DType.U8) {
            throw Fault.of(source.description(), "parameter", "of a float type", tensor);
        }
        return source.isScaled(key) ? scaled(t, key, tensor) : requireNoScale(key, tensor);
    }

    /** Values times the scale of their output, in F32. */
    private Tensor scaled(Arena t, String key, Tensor values) {
        long[] each = new long[values.rank()];
        Arrays.fill(each, 1);
        each[0] = values.dim(0);
        Tensor scale = source.load(t, key + TensorSource.SCALE, Shape.of(values.dim(0)));
        return t.mul(t.cast(values, DType.F32), t.cast(scale, DType.F32).reshape(each))
                .named(key);
    }

    /** Refuses FP8 values without a scale in a checkpoint that has scales: they are damaged. */
    private Tensor requireNoScale(String key, Tensor values) {
        boolean suspicious = values.dtype() == DType.F8_E4M3 && source.shapes() != null;
        if (suspicious && source.shapes().keySet().stream().anyMatch(other -> other.endsWith(TensorSource.SCALE))) {
            throw Fault.of(source.description(), Fault.shortened(key) + TensorSource.SCALE, "present", "none");
        }
        return values;
    }

    /** Declares that checkpoints of this model carry parameters under {@code prefix} which it does not use. */
    public void ignore(String prefix) {
        requests.ignore(key(prefix));
    }

    private String key(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Owner of the loaded parameters. */
    public Arena arena() {
        return arena;
    }

    /** The dtype of matrices and kernels. */
    public DType dtype() {
        return dtype;
    }
}
