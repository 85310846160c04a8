package io.fsvideo.cpu;

import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code a op b} where dimensions of {@code b} may be 1. */
final class Broadcast {
    /** What is done with each pair; the loops stay apart so that each is vectorised. */
    enum Operation {
        ADD,
        MUL
    }

    /** A run of axes of {@code a} that {@code b} treats alike. */
    private record Axis(long size, boolean present) {}

    private static final int KEPT_ELEMENTS = 1 << 16;

    private final Context context;

    Broadcast(Context context) {
        this.context = context;
    }

    void run(Operation operation, Tensor out, Tensor a, Tensor b) {
        List<Axis> axes = axes(a, b);
        context.workers().runRange(a.numel(), Elementwise.TASK, (worker, from, to) -> {
            Operands operands = new Operands(worker, b, axes);
            for (long start = from; start < to; start += Staging.BLOCK) {
                int count = (int) Math.min(Staging.BLOCK, to - start);
                float[] left = worker.staging().block(0, Staging.BLOCK);
                float[] right = worker.staging().block(1, Staging.BLOCK);
                worker.staging().load(a.dtype(), a.address() + start * a.dtype().bytes(), left, 0, count);
                operands.fill(right, start, count);
                apply(operation, left, right, count);
                worker.staging()
                        .store(
                                out.dtype(),
                                left,
                                0,
                                count,
                                out.address() + start * out.dtype().bytes());
            }
        });
    }

    private static void apply(Operation operation, float[] left, float[] right, int count) {
        if (operation == Operation.ADD) {
            for (int i = 0; i < count; i++) {
                left[i] += right[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                left[i] *= right[i];
            }
        }
    }

    private static List<Axis> axes(Tensor a, Tensor b) {
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < a.rank(); i++) {
            Axis axis = new Axis(a.dim(i), b.dim(i) != 1);
            Axis last = axes.isEmpty() ? null : axes.get(axes.size() - 1);
            if (axis.size == 1) {
                continue;
            }
            if (last != null && last.present == axis.present) {
                axes.set(axes.size() - 1, new Axis(last.size * axis.size, axis.present));
            } else {
                axes.add(axis);
            }
        }
        return axes.isEmpty() ? List.of(new Axis(1, true)) : axes;
    }

    /** Reads {@code b} as if it had {@code a}'s shape. */
    private static final class Operands {
        private final Worker worker;
        private final Tensor b;
        private final List<Axis> axes;
        private final float[] kept;
        private final float[] one = new float[1];

        Operands(Worker worker, Tensor b, List<Axis> axes) {
            this.worker = worker;
            this.b = b;
            this.axes = axes;
            boolean small = b.numel() <= KEPT_ELEMENTS && !(axes.size() == 1 && axes.get(0).present);
            kept = small ? worker.staging().block(2, (int) b.numel()) : null;
            if (small) {
                worker.staging().load(b.dtype(), b.address(), kept, 0, (int) b.numel());
            }
        }

        /** Elements {@code start .. start + count - 1}, run by run along the innermost axis. */
        void fill(float[] target, long start, int count) {
            Axis inner = axes.get(axes.size() - 1);
            int done = 0;
            while (done < count) {
                long position = (start + done) % inner.size;
                int run = (int) Math.min(count - done, inner.size - position);
                long source = index(start + done);
                if (inner.present) {
                    read(source, target, done, run);
                } else {
                    read(source, one, 0, 1);
                    Arrays.fill(target, done, done + run, one[0]);
                }
                done += run;
            }
        }

        private void read(long source, float[] target, int offset, int count) {
            if (kept == null) {
                worker.staging()
                        .load(b.dtype(), b.address() + source * b.dtype().bytes(), target, offset, count);
            } else {
                System.arraycopy(kept, (int) source, target, offset, count);
            }
        }

        private long index(long element) {
            long rest = element;
            long index = 0;
            long step = 1;
            for (int i = axes.size() - 1; i >= 0; i--) {
                Axis axis = axes.get(i);
                if (axis.present) {
                    index += rest % axis.size * step;
                    step *= axis.size;
                }
                rest /= axis.size;
            }
            return index;
        }
    }
}
