package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code mul.cu}. */
final class Mul {
    private final TypedLaunch mul;
    private final Broadcast broadcast = new Broadcast("mul");

    Mul(Device device) {
        mul = device.kernels().typed("mul");
    }

    void run(Tensor out, Tensor a, Tensor b) {
        broadcast.run(mul, out, a, b);
    }
}
