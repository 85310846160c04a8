package io.fsvideo.cuda.nccl;

import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.bytedeco.javacpp.BytePointer;

/**
 * The configuration of a communicator whose calls return at once, as NCCL 2.14 laid it out: newer versions read that, too. What the header
 * calls {@code NCCL_CONFIG_INITIALIZER} is a macro, which the preset lacks.
 */
final class NonBlocking implements AutoCloseable {
    /** NCCL's version that knows such communicators first. */
    static final int OLDEST = 21400;

    /** A size, a magic number, a version, a flag and its padding. */
    private static final int BYTES = 24;

    private static final int MAGIC = 0xcafebeef;

    private final BytePointer memory = new BytePointer(BYTES);
    private final ncclConfig_t value = new ncclConfig_t(memory.fill(0));

    NonBlocking() {
        value.size(BYTES).magic(MAGIC).version(OLDEST).blocking(0);
    }

    ncclConfig_t value() {
        return value;
    }

    @Override
    public void close() {
        memory.close();
    }
}
