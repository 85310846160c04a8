package io.fsvideo.tensor;

/**
 * Collective operations between the ranks that share one model, in the order in which each rank calls them: all ranks must call the same
 * operations with the same shapes. They are ordered with the backend's other operations, like those of an {@link Arena}.
 *
 * <p>A rank that fails calls {@link #abort}, or is lost, or does not arrive within the time limit of its {@link RankChannel}: every
 * other rank's collectives, those that wait included, then throw {@link CommException} naming it.
 *
 * <p>Sums are formed in rank order, so that the same number of ranks gives the same bits always; NCCL, between devices, has an order of
 * its own.
 */
public interface Comm extends AutoCloseable {
    /**
     * {@link #overlapFrom} between devices: half of such a product takes 15 µs on an H100 at 65 % of its peak, as long as a second
     * collective takes to begin over PCI Express. Shorter halves would not even hide that.
     */
    long LONG_PRODUCT = 10_000_000_000L;

    /** This rank, 0 .. size - 1. */
    int rank();

    int size();

    /**
     * Replaces {@code tensor}, F32 or BF16 of any shape, by its sum over ranks; BF16 is summed in F32 and rounded once.
     *
     * @throws ShapeException when the tensor is packed or of another dtype
     * @throws CommException when a rank failed or called something else
     */
    void allReduceSum(Tensor tensor);

    /**
     * Starts an {@link #allReduceSum} that may run beside the operations called before {@link Transfer#await}: {@code tensor} must neither be
     * read nor written until then. Other collectives may be called in between.
     */
    default Transfer startAllReduceSum(Tensor tensor) {
        allReduceSum(tensor);
        return () -> {};
    }

    /**
     * Multiply-adds from which on a product that is summed over ranks is better made in two halves, so that the first half's
     * {@link #startAllReduceSum} is on its way while the second is computed; out of reach where sums run at once.
     */
    default long overlapFrom() {
        return Long.MAX_VALUE;
    }

    /** A collective under way. */
    interface Transfer {
        /** Orders what is called from here on after the collective; a device's host thread need not wait. */
        void await();
    }

    /**
     * Joins every rank's {@code part} in rank order: {@code out} is {@code [size, part...]}, or any other shape of as many elements.
     *
     * @throws ShapeException when counts or dtypes do not fit, or {@code out} is {@code part}
     */
    void allGather(Tensor out, Tensor part);

    /**
     * Exchanges blocks: {@code in} is {@code [size, block...]}, whose entry r goes to rank r; entry s of {@code out}, of the same count,
     * comes from rank s.
     *
     * @throws ShapeException when the count is no multiple of the ranks, counts or dtypes differ, or {@code out} is {@code in}
     */
    void allToAll(Tensor out, Tensor in);

    /** Replaces {@code tensor}, any plain dtype and shape, by rank {@code root}'s. */
    void broadcast(Tensor tensor, int root);

    /** Waits until every rank is here; on a device, until its work queued so far is done too. */
    void barrier();

    /** Tells every rank that this one ends because of {@code cause}; the first call counts. Never waits. */
    void abort(Throwable cause);

    /** Called by the backend it belongs to. */
    @Override
    void close();

    /** The communicator of one rank: every collective is the identity. */
    static Comm single() {
        return SingleComm.INSTANCE;
    }
}
