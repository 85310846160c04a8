package io.fsvideo.cuda;

import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/** The sizes and strides that {@code broadcast.cuh} takes: neighbouring axes that {@code b} treats alike are one. */
final class Broadcast {
    private static final int AXES = 5;
    private static final int BLOCK = 256;

    private final String op;
    private final long[] shape = new long[AXES];
    private final long[] strides = new long[AXES];

    Broadcast(String op) {
        this.op = op;
    }

    void run(TypedLaunch kernel, Tensor out, Tensor a, Tensor b) {
        merge(a, b);
        long rows = shape[0] * shape[1] * shape[2] * shape[3];
        int group = TypedLaunch.group(a);
        kernel.begin(a)
                .threads(rows * ((shape[AXES - 1] + group - 1) / group), BLOCK)
                .pointer(out)
                .pointer(a)
                .pointer(b)
                .longs(shape)
                .longs(strides)
                .run();
    }

    /** Fills sizes and strides from the innermost axis outwards. */
    private void merge(Tensor a, Tensor b) {
        Arrays.fill(shape, 1);
        Arrays.fill(strides, 0);
        int at = AXES;
        boolean repeated = false;
        long step = 1;
        for (int axis = a.rank() - 1; axis >= 0; axis--) {
            long size = a.dim(axis);
            if (size == 1) {
                continue;
            }
            boolean repeats = b.dim(axis) == 1;
            if (at == AXES || repeats != repeated) {
                at = next(at, a, b);
                strides[at] = repeats ? 0 : step;
                repeated = repeats;
            }
            shape[at] *= size;
            step *= b.dim(axis);
        }
    }

    private int next(int at, Tensor a, Tensor b) {
        if (at == 0) {
            throw new ShapeException(op + ": b must alternate between repeated and stored axes at most " + (AXES - 1)
                    + " times, got " + b + " for " + a);
        }
        return at - 1;
    }
}
