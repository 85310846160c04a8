package io.fsvideo.tensor;

import java.nio.ByteBuffer;

/** The channel of a group of one. */
enum AloneChannel implements RankChannel {
    INSTANCE;

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void exchange(String what, ByteBuffer[] out, ByteBuffer[] in) {}

    @Override
    public void abort(Throwable cause) {}

    @Override
    public void requireAlive() {}

    @Override
    public void close() {}
}
