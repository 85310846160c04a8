package io.fsvideo.check;

import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Tensors of one shape, stacked on the host as they pass. */
final class Trajectory {
    private final List<float[]> values = new ArrayList<>();
    private final long[] shape;

    /** @param shape of each tensor, which may only differ from it by axes of size 1 */
    Trajectory(long... shape) {
        this.shape = shape;
    }

    void add(Tensor tensor) {
        values.add(tensor.toFloats());
    }

    /** Adds {@code [batch, frames, height, width, channels]} as {@code [batch, channels, frames, height, width]}. */
    void addChannelsFirst(Tensor clip) {
        values.add(Comparison.channelsFirst(clip.toFloats(), clip.shape().toArray(), 1));
    }

    int size() {
        return values.size();
    }

    /** Compares the stack {@code [size, shape …]} where the golden has it. */
    void compare(Comparison out, String name) {
        if (!out.wants(name)) {
            return;
        }
        int each = values.get(0).length;
        float[] stacked = new float[each * values.size()];
        long[] dims = new long[shape.length + 1];
        dims[0] = values.size();
        System.arraycopy(shape, 0, dims, 1, shape.length);
        for (int i = 0; i < values.size(); i++) {
            System.arraycopy(values.get(i), 0, stacked, i * each, each);
        }
        out.compare(name, stacked, dims);
    }
}
