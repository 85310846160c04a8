package io.fsvideo.tensor;

/** Checks the arguments of collectives once for every kind of communicator; what follows a check may rely on it. */
public abstract class CheckedComm implements Comm {
    private final int rank;
    private final int size;

    protected CheckedComm(int rank, int size) {
        this.rank = rank;
        this.size = size;
    }

    @Override
    public final int rank() {
        return rank;
    }

    @Override
    public final int size() {
        return size;
    }

    @Override
    public final void allReduceSum(Tensor tensor) {
        requireSummable(tensor);
        sum(tensor);
    }

    @Override
    public final Transfer startAllReduceSum(Tensor tensor) {
        requireSummable(tensor);
        return startSum(tensor);
    }

    private static void requireSummable(Tensor tensor) {
        Check.compute("allReduceSum", "tensor", tensor);
    }

    @Override
    public final void allGather(Tensor out, Tensor part) {
        requirePair("allGather", out, "part", part);
        long expected = Math.multiplyExact(part.numel(), (long) size);
        Check.rule(out.numel() == expected, "allGather", "out", "of " + expected + " elements", out);
        gather(out, part);
    }

    @Override
    public final void allToAll(Tensor out, Tensor in) {
        requirePair("allToAll", out, "in", in);
        Check.rule(in.numel() % size == 0, "allToAll", "in", "of a multiple of " + size + " elements", in);
        Check.rule(out.numel() == in.numel(), "allToAll", "out", "of " + in.numel() + " elements", out);
        exchange(out, in);
    }

    private static void requirePair(String op, Tensor out, String argument, Tensor in) {
        Check.plain(op, argument, in);
        Check.plain(op, "out", out);
        Check.dtype(op, "out", out, in.dtype());
        Check.rule(out.storage() != in.storage(), op, "out", "another tensor than " + argument, out);
    }

    @Override
    public final void broadcast(Tensor tensor, int root) {
        Check.plain("broadcast", "tensor", tensor);
        if (root < 0 || root >= size) {
            throw Check.fail("broadcast", "root", "within 0 .. " + (size - 1), root);
        }
        spread(tensor, root);
    }

    /** One line that is equal on all ranks when they do the same; for {@link RankChannel#exchange}. */
    protected static String describe(String op, Tensor tensor) {
        return op + " of " + tensor.numel() + " " + tensor.dtype();
    }

    /** {@link #allReduceSum}. */
    protected abstract void sum(Tensor tensor);

    /** {@link #startAllReduceSum}; at once unless overridden. */
    protected Transfer startSum(Tensor tensor) {
        sum(tensor);
        return () -> {};
    }

    /** {@link #allGather}. */
    protected abstract void gather(Tensor out, Tensor part);

    /** {@link #allToAll}. */
    protected abstract void exchange(Tensor out, Tensor in);

    /** {@link #broadcast}. */
    protected abstract void spread(Tensor tensor, int root);
}
