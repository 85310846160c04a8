package io.fsvideo.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Hands out ranges of one file in pieces; ranges may be larger than a buffer can be. */
interface FileBytes {
    /** Receives consecutive pieces of a range, whole elements each, in little-endian order. */
    interface Sink {
        /** @param offset of the piece's first byte within the range */
        void accept(ByteBuffer piece, long offset);
    }

    /** Shows the {@code bytes} bytes from {@code position} on to {@code sink}. */
    void read(long position, long bytes, int elementBytes, Sink sink) throws IOException;

    /** Through windows of the file that are mapped on first use and stay until this object is unreachable. */
    final class Mapped implements FileBytes {
        /** Windows overlap by the largest element, so that none is cut in two. */
        private static final int OVERLAP = 8;

        private final FileChannel channel;
        private final long size;
        private final int windowBytes;
        private final ByteBuffer[] windows;

        Mapped(FileChannel channel, int windowBytes) throws IOException {
            this.channel = channel;
            this.size = channel.size();
            this.windowBytes = windowBytes;
            this.windows = new ByteBuffer[Math.toIntExact(size / windowBytes + 1)];
        }

        @Override
        public void read(long position, long bytes, int elementBytes, Sink sink) throws IOException {
            long done = 0;
            while (done < bytes) {
                int index = (int) ((position + done) / windowBytes);
                int start = (int) ((position + done) % windowBytes);
                int elements = (windowBytes - start + elementBytes - 1) / elementBytes;
                int length = (int) Math.min((long) elements * elementBytes, bytes - done);
                sink.accept(window(index).slice(start, length).order(ByteOrder.LITTLE_ENDIAN), done);
                done += length;
            }
        }

        private ByteBuffer window(int index) throws IOException {
            if (windows[index] == null) {
                long start = (long) index * windowBytes;
                long length = Math.min((long) windowBytes + OVERLAP, size - start);
                windows[index] = channel.map(FileChannel.MapMode.READ_ONLY, start, length);
            }
            return windows[index];
        }
    }

    /** Through one reused buffer. */
    final class Plain implements FileBytes {
        private final FileChannel channel;
        private final ByteBuffer buffer;

        /** @param bufferBytes a multiple of 8, the largest element */
        Plain(FileChannel channel, int bufferBytes) throws IOException {
            this.channel = channel;
            int needed = (int) Math.min(bufferBytes, (channel.size() + 7) / 8 * 8);
            this.buffer = ByteBuffer.allocateDirect(needed).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void read(long position, long bytes, int elementBytes, Sink sink) throws IOException {
            long done = 0;
            while (done < bytes) {
                int length = (int) Math.min(buffer.capacity(), bytes - done);
                fill(channel, buffer.clear().limit(length), position + done);
                sink.accept(buffer.flip(), done);
                done += length;
            }
        }
    }

    /** Reads until {@code buffer} is full. @throws EOFException when the file ends before */
    static void fill(FileChannel channel, ByteBuffer buffer, long position) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw new EOFException("end of file at byte " + at + ", " + buffer.remaining() + " bytes early");
            }
            at += count;
        }
    }
}
