package io.fsvideo.tensor;

import java.util.List;

/** One rank alone. */
final class SingleComm extends CheckedComm {
    static final SingleComm INSTANCE = new SingleComm();

    private SingleComm() {
        super(0, 1);
    }

    @Override
    protected void sum(Tensor tensor) {}

    @Override
    protected void gather(Tensor out, Tensor part) {
        copy(out, part);
    }

    @Override
    protected void exchange(Tensor out, Tensor in) {
        copy(out, in);
    }

    private static void copy(Tensor out, Tensor in) {
        if (in.numel() > 0) {
            Ops ops = out.storage().owner().backend().ops();
            ops.concat(out.reshape(out.numel()), List.of(in.reshape(in.numel())), 0);
        }
    }

    @Override
    protected void spread(Tensor tensor, int root) {}

    @Override
    public void barrier() {}

    /** Nobody else to tell. */
    @Override
    public void abort(Throwable cause) {}

    @Override
    public void close() {}
}
