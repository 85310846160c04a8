package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/** The kernels of one device: entries are loaded at their first launch, all on one stream. One thread at a time. */
final class Kernels {
    private final Driver driver;
    private final Stream stream;
    private final Launch.Listener listener;

    Kernels(Driver driver, Stream stream, Launch.Listener listener) {
        this.driver = driver;
        this.stream = stream;
        this.listener = listener;
    }

    /** The same computation for BF16 and F32 tensors. */
    record Typed(Launch bf16, Launch f32) {
        /** Begins a launch for {@code x}'s dtype, which is BF16 or F32. */
        Launch begin(Tensor x) {
            return begin(x.dtype());
        }

        /** Begins a launch for BF16 or F32. */
        Launch begin(DType dtype) {
            return (dtype == DType.BF16 ? bf16 : f32).begin();
        }
    }

    /** The same computation for BF16 and F32 tensors, and from F32 to BF16 or with one operand in BF16. */
    record Narrowing(Typed same, Launch mixed) {
        /** Begins a launch for {@code x} and another tensor of its dtype, or of BF16 where {@code x} is F32. */
        Launch begin(Tensor x, DType other) {
            return x.dtype() == other ? same.begin(x) : mixed.begin();
        }
    }

    /** A kernel's four entries {@code <kernel>_<x>_<weight>}, for operands of either compute dtype. */
    record Mixed(String kernel, Launch f32, Launch f32WithBf16, Launch bf16WithF32, Launch bf16) {
        /** Begins a launch for these dtypes, each F32 or BF16. */
        Launch begin(DType x, DType weight) {
            if (!x.isCompute() || !weight.isCompute()) {
                throw new ShapeException(kernel + ": operands must be F32 or BF16, got " + x + " and " + weight);
            }
            if (x == DType.F32) {
                return (weight == DType.F32 ? f32 : f32WithBf16).begin();
            }
            return (weight == DType.F32 ? bf16WithF32 : bf16).begin();
        }
    }

    /** Entry {@code entry} of {@code kernel}.cu. */
    Launch entry(String kernel, String entry) {
        return new Launch(this, kernel, entry);
    }

    /** Entries {@code name} for BF16 and {@code name}_f32 of {@code kernel}.cu. */
    Typed typed(String kernel, String name) {
        return new Typed(entry(kernel, name), entry(kernel, name + "_f32"));
    }

    /** Entries {@code kernel} for BF16 and {@code kernel}_f32 of {@code kernel}.cu. */
    Typed typed(String kernel) {
        return typed(kernel, kernel);
    }

    /** Entries {@code kernel} for BF16, {@code kernel}_f32 and {@code kernel}_f32_bf16 of {@code kernel}.cu. */
    Narrowing narrowing(String kernel) {
        return new Narrowing(typed(kernel), entry(kernel, kernel + "_f32_bf16"));
    }

    /** Entries {@code kernel}_f32_f32, {@code kernel}_f32_bf16, {@code kernel}_bf16_f32 and {@code kernel}_bf16_bf16. */
    Mixed mixed(String kernel) {
        return new Mixed(
                kernel,
                entry(kernel, kernel + "_f32_f32"),
                entry(kernel, kernel + "_f32_bf16"),
                entry(kernel, kernel + "_bf16_f32"),
                entry(kernel, kernel + "_bf16_bf16"));
    }

    Stream stream() {
        return stream;
    }

    Launch.Listener listener() {
        return listener;
    }

    Driver driver() {
        return driver;
    }

    KernelImage image(String kernel) {
        return KernelImage.of(kernel);
    }
}
