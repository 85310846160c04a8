package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Copies between two strided layouts of the same elements: block copies where runs are long, oneDNN's generated code where not. */
final class StridedCopy {
    private static final long RUN_BYTES = 256;
    private static final long TASK_ELEMENTS = 1 << 16;

    /** One loop of the copy; steps in elements. */
    private record Axis(long size, long from, long to) {}

    private final Context context;

    StridedCopy(Context context) {
        this.context = context;
    }

    /** @param dims axes from the outermost of the target on, with their steps in source and target */
    void run(DType dtype, long[] dims, long[] from, long[] to, long source, long target) {
        if (Arrays.stream(dims).anyMatch(size -> size == 0)) {
            return;
        }
        List<Axis> axes = merged(dims, from, to);
        Axis inner = axes.get(axes.size() - 1);
        boolean runs = inner.from == 1 && inner.to == 1;
        if (runs && axes.size() == 1) {
            int bytes = dtype.bytes();
            context.workers()
                    .runRange(
                            inner.size * bytes,
                            TASK_ELEMENTS * Float.BYTES,
                            (worker, start, end) -> worker.copy(target + start, source + start, end - start));
        } else if (runs && inner.size * dtype.bytes() >= RUN_BYTES) {
            copyRuns(dtype, axes, source, target);
        } else {
            reorder(dtype, axes, source, target);
        }
    }

    private static List<Axis> merged(long[] dims, long[] from, long[] to) {
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == 1) {
                continue;
            }
            Axis axis = new Axis(dims[i], from[i], to[i]);
            Axis last = axes.isEmpty() ? null : axes.get(axes.size() - 1);
            if (last != null && last.from == axis.from * axis.size && last.to == axis.to * axis.size) {
                axes.set(axes.size() - 1, new Axis(last.size * axis.size, axis.from, axis.to));
            } else {
                axes.add(axis);
            }
        }
        return axes.isEmpty() ? List.of(new Axis(1, 1, 1)) : axes;
    }

    private void copyRuns(DType dtype, List<Axis> axes, long source, long target) {
        List<Axis> outer = axes.subList(0, axes.size() - 1);
        long bytes = axes.get(axes.size() - 1).size * dtype.bytes();
        long grain = Math.max(1, TASK_ELEMENTS * Float.BYTES / bytes);
        context.workers().runRange(count(outer), grain, (worker, start, end) -> {
            for (long i = start; i < end; i++) {
                worker.copy(
                        target + offset(outer, i, false) * dtype.bytes(),
                        source + offset(outer, i, true) * dtype.bytes(),
                        bytes);
            }
        });
    }

    private void reorder(DType dtype, List<Axis> axes, long source, long target) {
        int peeled = 0;
        while (axes.size() - peeled > 2 && count(axes.subList(peeled + 1, axes.size())) >= TASK_ELEMENTS) {
            peeled++;
        }
        List<Axis> outer = axes.subList(0, peeled);
        List<Axis> inner = axes.subList(peeled, axes.size());
        Axis split = inner.get(0);
        long piece = Math.max(1, Math.min(split.size, TASK_ELEMENTS / Math.max(1, count(inner) / split.size)));
        long pieces = (split.size + piece - 1) / piece;
        Primitive whole = primitive(dtype, inner, piece);
        Primitive rest = split.size % piece == 0 ? whole : primitive(dtype, inner, split.size % piece);
        context.workers().run(count(outer) * pieces, (worker, task) -> {
            long first = task % pieces * piece;
            long from = offset(outer, task / pieces, true) + first * split.from;
            long to = offset(outer, task / pieces, false) + first * split.to;
            Primitive primitive = split.size - first >= piece ? whole : rest;
            worker.execute(primitive, source + from * dtype.bytes(), target + to * dtype.bytes());
        });
    }

    private Primitive primitive(DType dtype, List<Axis> axes, long firstSize) {
        DType moved = dtype == DType.F16 ? DType.BF16 : dtype;
        long[] dims = axes.stream().mapToLong(Axis::size).toArray();
        dims[0] = firstSize;
        long[] from = axes.stream().mapToLong(Axis::from).toArray();
        long[] to = axes.stream().mapToLong(Axis::to).toArray();
        return context.primitives().reorder(Operand.strided(moved, dims, from), Operand.strided(moved, dims, to));
    }

    private static long count(List<Axis> axes) {
        long count = 1;
        for (Axis axis : axes) {
            count *= axis.size;
        }
        return count;
    }

    private static long offset(List<Axis> axes, long index, boolean source) {
        long offset = 0;
        long rest = index;
        for (int i = axes.size() - 1; i >= 0; i--) {
            Axis axis = axes.get(i);
            offset += rest % axis.size * (source ? axis.from : axis.to);
            rest /= axis.size;
        }
        return offset;
    }
}
