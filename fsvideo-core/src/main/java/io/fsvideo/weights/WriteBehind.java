package io.fsvideo.weights;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes a large file on one thread and adds up its checksum on another, so that the caller reads meanwhile. A failed write is told to
 * a later call.
 */
final class WriteBehind implements AutoCloseable {
    /** Small enough to stay in the cache between the threads. */
    private static final int PIECE_BYTES = 1 << 19;

    private static final int PIECES = 8;
    /** Files up to here are written by the caller: starting threads would cost more. */
    private static final long SMALL_BYTES = 8 << 20;

    private final FileChannel channel;
    private final FileChecksum checksum = new FileChecksum();
    private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(PIECES);
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final ExecutorService writing;
    private final ExecutorService adding;

    /** @param bytes of the whole file */
    WriteBehind(FileChannel channel, long bytes) {
        this.channel = channel;
        boolean large = bytes > SMALL_BYTES;
        writing = large ? thread("weights-write") : null;
        adding = large ? thread("weights-checksum") : null;
        for (int i = 0; large && i < PIECES; i++) {
            free.add(ByteBuffer.allocateDirect(PIECE_BYTES));
        }
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Takes all of {@code piece}, to be written at {@code position}. */
    void write(ByteBuffer piece, long position) throws IOException {
        if (writing == null) {
            checksum.update(piece.duplicate(), position);
            writeAll(piece, position);
            return;
        }
        for (long at = position; piece.hasRemaining(); ) {
            ByteBuffer copy = take();
            int count = Math.min(copy.capacity(), piece.remaining());
            copy.clear().put(piece.slice(piece.position(), count)).flip();
            piece.position(piece.position() + count);
            pass(copy, at);
            at += count;
        }
    }

    private ByteBuffer take() throws IOException {
        try {
            ByteBuffer copy = free.take();
            requireNoFailure();
            return copy;
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private void pass(ByteBuffer copy, long position) {
        AtomicInteger users = new AtomicInteger(2);
        ByteBuffer added = copy.duplicate();
        adding.execute(() -> {
            checksum.update(added, position);
            release(copy, users);
        });
        writing.execute(() -> {
            try {
                writeAll(copy, position);
            } catch (IOException e) {
                failure.compareAndSet(null, e);
            }
            release(copy, users);
        });
    }

    private void release(ByteBuffer copy, AtomicInteger users) {
        if (users.decrementAndGet() == 0) {
            free.add(copy);
        }
    }

    private void writeAll(ByteBuffer piece, long position) throws IOException {
        long at = position;
        while (piece.hasRemaining()) {
            at += channel.write(piece, at);
        }
    }

    private void requireNoFailure() throws IOException {
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while writing");
    }

    /** Waits until everything is on the disk. @return the checksum of {@code file}, which the channel writes */
    String finish(Path file) throws IOException {
        if (writing != null) {
            writing.shutdown();
            adding.shutdown();
            try {
                writing.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
                adding.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw interrupted();
            }
        }
        requireNoFailure();
        channel.force(true);
        return checksum.finish(file);
    }

    /** Ends the threads; what they have not written is lost. */
    @Override
    public void close() {
        if (writing == null) {
            return;
        }
        writing.shutdownNow();
        adding.shutdownNow();
        boolean interrupted = false;
        while (!writing.isTerminated() || !adding.isTerminated()) {
            try {
                writing.awaitTermination(1, TimeUnit.SECONDS);
                adding.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
