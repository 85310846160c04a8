package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Tensor;

/** Frames of a clip in the order in which a convolution reads them, with the zeros that the convolution does not add itself. */
final class GatheredFrames {
    private final Stream stream;
    private final DeviceMemory memory;
    private final DeviceCopies copies;

    GatheredFrames(Device device, DeviceCopies copies) {
        stream = device.stream();
        memory = device.memory();
        this.copies = copies;
    }

    /** Whether opposite sides have the same zeros, which a library adds itself. */
    static boolean isEven(Conv3dGeometry g) {
        return g.top() == g.bottom() && g.left() == g.right();
    }

    /**
     * The sequences of {@code runs} one after another, for the caller to close; null when the clip serves as it is.
     *
     * @param x {@code [batch, frames, height, width, channels]}, of which {@code clip} is one entry at {@code clip}
     * @param rowBytes of a row of pixels
     */
    Scratch gather(Tensor x, long clip, long rowBytes, FrameRuns runs, Conv3dGeometry g) {
        if (isEven(g) && runs.isInOrder(g.taps())) {
            return null;
        }
        long pixelBytes = rowBytes / x.dim(3);
        Frame frame = isEven(g)
                ? new Frame(x.dim(2), rowBytes, x.dim(2), rowBytes, 0)
                : new Frame(
                        x.dim(2),
                        rowBytes,
                        x.dim(2) + g.top() + g.bottom(),
                        rowBytes + (g.left() + g.right()) * pixelBytes,
                        g.left() * pixelBytes);
        int inputs = runs.inputs(g.taps().kernel());
        Scratch scratch = memory.scratch(runs.count() * inputs * frame.bytes());
        try {
            for (int i = 0; i < runs.count() * inputs; i++) {
                int source = runs.source(g.taps(), i / inputs, i % inputs);
                place(frame, scratch.address() + i * frame.bytes(), clip, source, g.top());
            }
        } catch (RuntimeException e) {
            scratch.close();
            throw e;
        }
        return scratch;
    }

    /** A frame of {@code rows} rows, and the one it becomes. */
    private record Frame(long rows, long rowBytes, long paddedRows, long paddedRowBytes, long leftBytes) {
        long bytes() {
            return paddedRows * paddedRowBytes;
        }

        long sourceBytes() {
            return rows * rowBytes;
        }

        boolean isPadded() {
            return bytes() != sourceBytes();
        }
    }

    private void place(Frame frame, long target, long clip, int source, int top) {
        if (source == FrameTaps.ZERO || frame.isPadded()) {
            stream.zero(target, frame.bytes());
        }
        if (source == FrameTaps.ZERO) {
            return;
        }
        long from = clip + source * frame.sourceBytes();
        if (frame.isPadded()) {
            long inside = target + top * frame.paddedRowBytes + frame.leftBytes;
            copies.place(inside, frame.paddedRowBytes, from, frame.rowBytes, frame.rows);
        } else {
            stream.copy(target, from, frame.bytes());
        }
    }
}
