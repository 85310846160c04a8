package io.fsvideo.media;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.IIOException;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** A picture's bytes for a reader that may not go on for long after their end: one that takes what is missing as zeros makes a few bytes into gigabytes. */
final class PictureInput extends MemoryCacheImageInputStream {
    private static final int MOST_BEYOND = 1 << 10;

    private int beyond;

    PictureInput(byte[] bytes) {
        super(new ByteArrayInputStream(bytes));
    }

    @Override
    public int read() throws IOException {
        return counted(super.read());
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return counted(super.read(target, offset, length));
    }

    private int counted(int result) throws IOException {
        if (result < 0 && ++beyond > MOST_BEYOND) {
            throw new IIOException("its data ends long before its picture does");
        }
        return result;
    }
}
