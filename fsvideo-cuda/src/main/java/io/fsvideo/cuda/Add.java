package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code add.cu}. */
final class Add {
    private final TypedLaunch add;
    private final Broadcast broadcast = new Broadcast("add");

    Add(Device device) {
        add = device.kernels().typed("add");
    }

    void run(Tensor out, Tensor a, Tensor b) {
        broadcast.run(add, out, a, b);
    }
}
