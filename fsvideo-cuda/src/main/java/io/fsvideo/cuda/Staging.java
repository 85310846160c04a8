package io.fsvideo.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Copies through two page-locked blocks, so that filling one overlaps with the transfer of the other. One thread at a time. */
final class Staging implements AutoCloseable {
    static final int BLOCK_BYTES = 4 << 20;

    private final Stream stream;
    private final Driver.PinnedMemory[] blocks = new Driver.PinnedMemory[2];
    private final Driver.Event[] copied = new Driver.Event[2];
    private int next;
    private boolean refusing;

    Staging(Driver driver, Stream stream) {
        this.stream = stream;
        Opening opening = new Opening();
        try {
            for (int i = 0; i < blocks.length; i++) {
                blocks[i] = opening.add(driver.pin(BLOCK_BYTES));
                copied[i] = opening.add(driver.openEvent());
            }
        } catch (RuntimeException | Error e) {
            opening.giveBack(e);
            throw e;
        }
    }

    /** Copies the rest of {@code source} to {@code target}; {@code source} may be reused at once. */
    void copyIn(long target, ByteBuffer source) {
        for (long done = 0; source.hasRemaining(); ) {
            int bytes = Math.min(BLOCK_BYTES, source.remaining());
            ByteBuffer block = begin();
            block.put(source.duplicate().limit(source.position() + bytes));
            source.position(source.position() + bytes);
            queue(target + done, bytes);
            done += bytes;
        }
    }

    /** Copies 32-bit integers. */
    void copyIn(long target, int[] source) {
        int step = BLOCK_BYTES / Integer.BYTES;
        for (int done = 0; done < source.length; done += step) {
            int count = Math.min(step, source.length - done);
            begin().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(source, done, count);
            queue(target + (long) done * Integer.BYTES, count * Integer.BYTES);
        }
    }

    /** Refuses copies until {@link #accept}: recorded work would repeat them with whatever the blocks hold then. */
    void refuse() {
        refusing = true;
    }

    void accept() {
        refusing = false;
    }

    private void requireAccepting() {
        if (refusing) {
            throw new IllegalStateException(
                    "cuda: recorded work must not copy to or from the host; make its inputs before");
        }
    }

    private ByteBuffer begin() {
        requireAccepting();
        copied[next].synchronize();
        return blocks[next].buffer().clear();
    }

    private void queue(long target, int bytes) {
        stream.copyIn(target, blocks[next], 0, bytes);
        stream.record(copied[next]);
        next = 1 - next;
    }

    /** Fills the rest of {@code target}, after everything queued so far. */
    void copyOut(ByteBuffer target, long source) {
        requireAccepting();
        copied[next].synchronize();
        copied[1 - next].synchronize();
        long queued = 0;
        int waiting = 0;
        int total = target.remaining();
        while (target.hasRemaining() || waiting > 0) {
            int bytes = (int) Math.min(BLOCK_BYTES, total - queued);
            if (bytes > 0) {
                stream.copyOut(blocks[next], 0, source + queued, bytes);
                stream.record(copied[next]);
                queued += bytes;
            }
            next = 1 - next;
            if (waiting > 0) {
                copied[next].synchronize();
                target.put(blocks[next].buffer().clear().limit(waiting));
            }
            waiting = bytes;
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < blocks.length; i++) {
            copied[i].close();
            blocks[i].close();
        }
    }
}
