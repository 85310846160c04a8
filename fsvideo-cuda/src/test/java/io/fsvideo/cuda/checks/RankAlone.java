package io.fsvideo.cuda.checks;

import io.fsvideo.tensor.CheckedComm;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The last of {@code size} ranks as NCCL has them, without the others: nothing moves; notes what is summed at once and in the background. */
final class RankAlone extends CheckedComm {
    final List<Shape> atOnce = new ArrayList<>();
    final List<Shape> started = new ArrayList<>();

    RankAlone(int size) {
        super(size - 1, size);
    }

    @Override
    public long overlapFrom() {
        return Comm.LONG_PRODUCT;
    }

    @Override
    protected void sum(Tensor tensor) {
        atOnce.add(tensor.shape());
    }

    @Override
    protected Transfer startSum(Tensor tensor) {
        started.add(tensor.shape());
        return () -> {};
    }

    @Override
    protected void gather(Tensor out, Tensor part) {}

    @Override
    protected void exchange(Tensor out, Tensor in) {}

    @Override
    protected void spread(Tensor tensor, int root) {}

    @Override
    public void barrier() {}

    @Override
    public void abort(Throwable cause) {}

    @Override
    public void close() {}
}
