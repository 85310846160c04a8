package io.fsvideo.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One and zero in F32 in host memory, which NVIDIA's libraries read when a call is queued. */
final class HostFactors {
    private final ByteBuffer values = ByteBuffer.allocateDirect(2 * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .putFloat(0, 1)
            .putFloat(Float.BYTES, 0);

    private final jcuda.Pointer one = NativeAddress.host(NativeAddress.of(values));
    private final jcuda.Pointer zero = NativeAddress.host(NativeAddress.of(values) + Float.BYTES);

    jcuda.Pointer one() {
        return one;
    }

    jcuda.Pointer zero() {
        return zero;
    }
}
