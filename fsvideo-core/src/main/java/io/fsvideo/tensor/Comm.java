package io.fsvideo.tensor;

/** Collective operations between the ranks that share one model. */
public interface Comm {
    /** This rank, 0 .. size - 1. */
    int rank();

    int size();

    /** Replaces {@code tensor} by its sum over ranks, in rank order. */
    void allReduceSum(Tensor tensor);

    /** Gathers every rank's {@code part} into {@code out} along a new outermost order of ranks: {@code [size * part]}. */
    void allGather(Tensor out, Tensor part);

    /** Replaces {@code tensor} by rank {@code root}'s. */
    void broadcast(Tensor tensor, int root);

    /** Waits until every rank is here. */
    void barrier();

    /** The communicator of one rank: every collective is the identity. */
    static Comm single() {
        return SingleComm.INSTANCE;
    }
}
