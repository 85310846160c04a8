package io.fsvideo.cuda.checks;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An operation of BF16 operands that both our kernels and a library compute, at sizes of the models.
 *
 * @param x {@code [rows, in]}, or {@code [1, frames, height, width, in]}
 * @param weight {@code [out, in]}, or {@code [out, in, kernelFrames, kernelHeight, kernelWidth]}
 */
record LibraryCase(String name, long[] x, long[] weight) {
    private static final int SAMPLE = 64;
    private static final int KERNEL = 3;

    /** The operation on its operands. */
    interface Call {
        /** Queues the operation. @return its result, in {@code a} */
        Tensor run(Arena a);

        /** Part of a result: 64 rows. */
        default Tensor sample(Arena a) {
            try (Arena t = a.child("sample")) {
                Tensor result = run(t);
                long rows = result.numel() / result.dim(-1);
                return t.keep(
                        t.slice(result.reshape(rows, result.dim(-1)), 0, rows / 2, Math.min(rows, rows / 2 + SAMPLE)));
            }
        }
    }

    /** The linear layers of FSVideo 14B at the base model's rows, plain and guided, and the refiner's. */
    static List<LibraryCase> products(boolean tiny) {
        List<LibraryCase> cases = new ArrayList<>();
        for (long rows : tiny ? new long[] {20} : new long[] {1860, 3720, 7440}) {
            for (long[] size :
                    tiny ? new long[][] {{24, 40}} : new long[][] {{5120, 5120}, {13824, 5120}, {5120, 13824}}) {
                String name = String.format(Locale.ROOT, "linear %d x %d -> %d", rows, size[1], size[0]);
                cases.add(new LibraryCase(name, new long[] {rows, size[1]}, size));
            }
        }
        return cases;
    }

    /** The Standard decoder's convolutions of one latent frame, from the outside inwards: blocks, last, steps up. */
    static List<LibraryCase> convolutions(boolean tiny) {
        if (tiny) {
            return List.of(convolution(2, 5, 6, 8, 8), convolution(1, 4, 4, 8, 3));
        }
        return List.of(
                convolution(4, 768, 1280, 128, 128),
                convolution(2, 384, 640, 256, 256),
                convolution(1, 192, 320, 512, 512),
                convolution(4, 768, 1280, 128, 3),
                convolution(2, 384, 640, 256, 1024),
                convolution(1, 192, 320, 512, 2048));
    }

    private static LibraryCase convolution(long frames, long height, long width, long in, long out) {
        String name = String.format(Locale.ROOT, "conv3d %dx%dx%d %d -> %d", frames, height, width, in, out);
        return new LibraryCase(name, new long[] {1, frames + KERNEL - 1, height, width, in}, new long[] {
            out, in, KERNEL, KERNEL, KERNEL
        });
    }

    /** Makes the operands on {@code a}'s device. */
    Call prepare(Arena a) {
        Tensor operand = a.noise(DType.BF16, 1, 0, x);
        boolean isLinear = weight.length == 2;
        Layout layout = isLinear ? Layout.LINEAR : Layout.conv3d(1);
        Tensor packed = pack(a, layout);
        if (isLinear) {
            return t -> t.linear(operand, packed, null, Activation.NONE);
        }
        Conv3dGeometry geometry = Conv3dGeometry.same(FrameTaps.valid((int) x[1], KERNEL), KERNEL, KERNEL, 1);
        return t -> t.conv3d(operand, packed, null, geometry, Activation.NONE);
    }

    private Tensor pack(Arena a, Layout layout) {
        try (Arena t = a.child("weight")) {
            return t.keep(t.pack(t.noise(DType.BF16, 2, 0, weight), layout, DType.BF16));
        }
    }
}
