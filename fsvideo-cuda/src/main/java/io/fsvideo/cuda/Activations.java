package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Tensor;

/** Launches {@code activation.cu}: a thread for eight values. */
final class Activations {
    private static final int BLOCK = 256;
    private static final int VALUES = 8;

    private final TypedLaunch kernel;

    Activations(Device device) {
        kernel = device.kernels().typed("activation");
    }

    void run(Tensor out, Tensor x, Activation activation) {
        long count = x.numel();
        kernel.begin(x)
                .threads((count + VALUES - 1) / VALUES, BLOCK)
                .pointer(out)
                .pointer(x)
                .int64(count)
                .int32(number(activation))
                .run();
    }

    /** The number kernels know it by. */
    static int number(Activation activation) {
        return switch (activation) {
            case NONE -> 0;
            case SILU -> 1;
            case GELU_TANH -> 2;
            case GELU_ERF -> 3;
            case RELU -> 4;
        };
    }
}
