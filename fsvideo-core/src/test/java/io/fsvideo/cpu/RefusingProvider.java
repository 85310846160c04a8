package io.fsvideo.cpu;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import io.fsvideo.tensor.OutOfMemoryException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The CPU backend with one allocation that is refused, of a tensor or of an operation's working memory: {@code refusing}, by the count that
 * {@link #refuse} sets.
 */
public final class RefusingProvider implements BackendProvider {
    public static final String NAME = "refusing";
    private static final AtomicLong UNTIL_REFUSAL = new AtomicLong(Long.MAX_VALUE);
    private static final AtomicLong LEAKED = new AtomicLong();

    /** Refuses the {@code n}-th allocation from now on, and only that. */
    public static void refuse(long n) {
        UNTIL_REFUSAL.set(n);
    }

    /** Allocations since {@link #refuse} was called with {@code from}. */
    public static long count(long from) {
        return from - UNTIL_REFUSAL.get();
    }

    /** Bytes that were in use when such backends were closed, all together. */
    public static long leaked() {
        return LEAKED.get();
    }

    @Override
    public String names() {
        return NAME;
    }

    @Override
    public boolean serves(String name) {
        return name.equals(NAME);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        return CpuBackend.openOver(new RefusingPool(options.memoryLimit()), options);
    }

    private static final class RefusingPool extends NativePool {
        RefusingPool(long limit) {
            super(limit);
        }

        @Override
        synchronized long allocate(long bytes) {
            if (UNTIL_REFUSAL.decrementAndGet() == 0) {
                throw new OutOfMemoryException("refusing: no room for " + bytes + " bytes, as the test wants it");
            }
            return super.allocate(bytes);
        }

        @Override
        public synchronized void close() {
            LEAKED.addAndGet(inUse());
            super.close();
        }
    }
}
