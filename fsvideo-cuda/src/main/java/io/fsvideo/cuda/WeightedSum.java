package io.fsvideo.cuda;

import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Launches {@code weighted_sum.cu}: a thread for 16 bytes. */
final class WeightedSum {
    private static final int BLOCK = 256;
    private static final int MOST = 8;

    private final TypedLaunch kernel;

    WeightedSum(Device device) {
        kernel = device.kernels().typed("weighted_sum");
    }

    void run(Tensor out, float[] weights, List<Tensor> terms) {
        if (terms.size() > MOST) {
            throw new ShapeException("weightedSum: terms must be at most " + MOST + " on this backend, got " + terms);
        }
        long count = out.numel();
        int group = TypedLaunch.group(out);
        kernel.begin(out)
                .threads((count + group - 1) / group, BLOCK)
                .pointer(out)
                .pointers(terms)
                .floats(weights)
                .int32(terms.size())
                .int64(count)
                .run();
    }
}
