package io.fsvideo.comm;

import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.RankChannel;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/** A group of ranks that are threads of this process. Messages are copied from the sender's buffer to the receiver's. */
final class LocalRanks {
    /** A rank and why it ended. */
    private record Failure(int rank, Throwable cause) {}

    /** What one rank holds ready for another. */
    private record Message(String what, ByteBuffer bytes) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Duration timeout;
    private final Message[][] messages;
    private final AtomicLongArray reached;
    private Failure failure;

    LocalRanks(int size, Duration timeout) {
        this.timeout = timeout;
        messages = new Message[size][size];
        reached = new AtomicLongArray(size);
    }

    /** One channel per rank. */
    List<RankChannel> channels() {
        return IntStream.range(0, size()).<RankChannel>mapToObj(Channel::new).toList();
    }

    private int size() {
        return messages.length;
    }

    /** Makes a failed group usable again; no rank may be inside a collective. */
    void reset() {
        lock.lock();
        try {
            failure = null;
            for (Message[] row : messages) {
                Arrays.fill(row, null);
            }
            for (int rank = 0; rank < size(); rank++) {
                reached.set(rank, 0);
            }
        } finally {
            lock.unlock();
        }
    }

    private final class Channel implements RankChannel {
        private final int rank;

        Channel(int rank) {
            this.rank = rank;
        }

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return messages.length;
        }

        @Override
        public void exchange(String what, ByteBuffer[] out, ByteBuffer[] in) {
            long deadline = System.nanoTime() + timeout.toNanos();
            offer(what, out);
            for (int p = 0; p < size(); p++) {
                if (p != rank && in[p] != null) {
                    take(what, p, in[p], deadline);
                }
            }
            awaitTaken(what, deadline);
            for (int p = 0; p < size(); p++) {
                if (p != rank && out[p] != null) {
                    out[p].position(out[p].limit());
                }
            }
        }

        private void offer(String what, ByteBuffer[] out) {
            lock.lock();
            try {
                requireAlive();
                for (int p = 0; p < size(); p++) {
                    if (p != rank && out[p] != null) {
                        messages[rank][p] = new Message(what, out[p].duplicate());
                    }
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void take(String what, int from, ByteBuffer target, long deadline) {
            Message message = awaitMessage(what, from, deadline);
            if (!message.what().equals(what) || message.bytes().remaining() != target.remaining()) {
                CommException mismatch = RankErrors.mismatch(rank, what, from, size(), message.what());
                fail(from, mismatch);
                throw mismatch;
            }
            target.put(message.bytes());
            lock.lock();
            try {
                messages[from][rank] = null;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private Message awaitMessage(String what, int from, long deadline) {
            lock.lock();
            try {
                while (messages[from][rank] == null) {
                    awaitChange(what, from, deadline);
                }
                requireAlive();
                return messages[from][rank];
            } finally {
                lock.unlock();
            }
        }

        /** The buffers offered belong to the receivers until they have copied them. */
        private void awaitTaken(String what, long deadline) {
            lock.lock();
            try {
                for (int p = 0; p < size(); p++) {
                    while (messages[rank][p] != null) {
                        awaitChange(what, p, deadline);
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        /** Waits, with the lock held, for something that rank {@code other} must do. */
        private void awaitChange(String what, int other, long deadline) {
            requireAlive();
            long left = deadline - System.nanoTime();
            try {
                if (left > 0) {
                    changed.await(left, TimeUnit.NANOSECONDS);
                } else {
                    throw RankErrors.late(rank, what, other, size(), timeout);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                CommException interrupted = RankErrors.interrupted(rank, what, size());
                fail(rank, interrupted);
                throw interrupted;
            } catch (CommException late) {
                fail(other, late);
                throw late;
            }
        }

        @Override
        public Duration timeout() {
            return timeout;
        }

        @Override
        public void report(long count) {
            reached.set(rank, count);
        }

        @Override
        public long reported(int other) {
            return reached.get(other);
        }

        @Override
        public void abort(Throwable cause) {
            fail(RankErrors.failedRank(rank, cause), cause);
        }

        @Override
        public void requireAlive() {
            lock.lock();
            try {
                if (failure != null) {
                    throw RankErrors.failed(failure.rank(), size(), failure.cause());
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {}
    }

    private void fail(int rank, Throwable cause) {
        lock.lock();
        try {
            if (failure == null) {
                failure = new Failure(rank, cause);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
