package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/** Launches {@code cast.cu}: a thread for four values. */
final class Cast {
    private static final int BLOCK = 256;
    private static final int VALUES = 4;

    private final Launch[][] kernels = new Launch[DType.values().length][DType.values().length];

    Cast(Device device) {
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                if (from != to && isFloat(to) && (isFloat(from) || to == DType.F32)) {
                    kernels[from.ordinal()][to.ordinal()] =
                            device.kernels().entry("cast", "cast_" + name(from) + "_" + name(to));
                }
            }
        }
    }

    private static boolean isFloat(DType dtype) {
        return dtype != DType.I32 && dtype != DType.U8;
    }

    private static String name(DType dtype) {
        return switch (dtype) {
            case F32 -> "f32";
            case BF16 -> "bf16";
            case F16 -> "f16";
            case F8_E4M3 -> "f8";
            case I32 -> "i32";
            case U8 -> "u8";
        };
    }

    void run(Tensor out, Tensor x) {
        Launch kernel = kernels[x.dtype().ordinal()][out.dtype().ordinal()];
        if (kernel == null) {
            throw new ShapeException(
                    "cast: dtype must be a float type (F32 from integers), got " + out.dtype() + " for " + x);
        }
        run(kernel, out.address(), x.address(), x.numel());
    }

    /** Converts {@code count} elements at {@code x}, whose dtype differs from {@code to}. */
    void run(DType to, long out, DType from, long x, long count) {
        run(kernels[from.ordinal()][to.ordinal()], out, x, count);
    }

    private static void run(Launch kernel, long out, long x, long count) {
        kernel.begin()
                .threads((count + VALUES - 1) / VALUES, BLOCK)
                .pointer(out)
                .pointer(x)
                .int64(count)
                .run();
    }
}
