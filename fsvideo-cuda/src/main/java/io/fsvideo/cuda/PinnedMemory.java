package io.fsvideo.cuda;

import java.nio.ByteBuffer;

/** Page-locked host memory. */
interface PinnedMemory extends AutoCloseable {
    /** All of it, direct and little endian; one object, whose position and limit are the caller's business. */
    ByteBuffer buffer();

    @Override
    void close();
}
