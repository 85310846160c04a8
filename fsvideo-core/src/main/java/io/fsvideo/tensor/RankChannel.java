package io.fsvideo.tensor;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One rank's connection with the other ranks of its group, through host memory. Backends build their {@link Comm} on it: it carries the
 * data itself, or only what a device's own library needs to find its peers.
 *
 * <p>Used by one thread at a time, except {@link #abort}, {@link #requireAlive}, {@link #report} and {@link #reported}.
 */
public interface RankChannel extends AutoCloseable {
    /** This rank, 0 .. size - 1. */
    int rank();

    int size();

    /**
     * Sends the rest of {@code out[p]} to every rank p and fills the rest of {@code in[p]} from it; null where there is nothing. Returns
     * when all is done, with all buffers used up; entries of this rank itself are ignored.
     *
     * @param what the operation with its dtype and counts: must be equal on both sides of every message
     * @throws CommException when a rank failed, is lost, does something else, or does not arrive within the time limit
     */
    void exchange(String what, ByteBuffer[] out, ByteBuffer[] in);

    /** Most time a rank waits for another in one collective. */
    Duration timeout();

    /** Lets the other ranks know how many collectives of a device's own library this rank has reached; never waits for them. */
    void report(long reached);

    /** What {@code rank} reported last, as far as it is known here; 0 before that. */
    long reported(int rank);

    /**
     * Tells every rank that this one ends because of {@code cause}, or that the rank a {@link CommException} names does; the first failure
     * of a group counts. Never waits.
     */
    void abort(Throwable cause);

    /** @throws CommException when a rank of the group has failed */
    void requireAlive();

    @Override
    void close();

    /** A rank alone. */
    static RankChannel alone() {
        return AloneChannel.INSTANCE;
    }
}
