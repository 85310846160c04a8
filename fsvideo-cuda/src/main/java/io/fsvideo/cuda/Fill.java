package io.fsvideo.cuda;

import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/** Launches {@code fill.cu}: a thread for 16 bytes. */
final class Fill {
    private static final int BLOCK = 256;
    private static final int CHUNK = 16;

    private final Launch kernel;

    Fill(Device device) {
        kernel = device.kernels().entry("fill", "fill");
    }

    void run(Tensor out, float value) {
        long bytes = out.numel() * out.dtype().bytes();
        kernel.begin()
                .threads((bytes + CHUNK - 1) / CHUNK, BLOCK)
                .pointer(out)
                .int64(bytes)
                .int32(pattern(out, value))
                .run();
    }

    /** The element's bits, repeated to 32. */
    private static int pattern(Tensor out, float value) {
        return switch (out.dtype()) {
            case F32 -> Float.floatToRawIntBits(value);
            case I32 -> (int) value;
            case BF16 -> (Floats.toBf16(value) & 0xffff) * 0x10001;
            case F16 -> (Floats.toF16(value) & 0xffff) * 0x10001;
            case U8 -> ((int) value & 0xff) * 0x1010101;
            case F8_E4M3 -> throw new ShapeException("fill: out must have any dtype but F8_E4M3, got " + out);
        };
    }
}
