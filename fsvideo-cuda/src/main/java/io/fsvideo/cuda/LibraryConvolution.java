package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Tensor;

/**
 * Convolution by a {@link DnnLibrary}, which knows nothing of the geometry of frames: they are gathered into sequences, in pieces of less
 * than 2^31 elements, as it takes no larger tensors. Channels are padded to a multiple of 8, as its tensor core code wants.
 */
final class LibraryConvolution {
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

    private final DnnLibrary library;
    private final Device device;
    private final LayoutKernels layouts;

    LibraryConvolution(Device device) {
        library = device.dnnLibrary();
        this.device = device;
        layouts = device.layouts();
    }

    /** Whether the library is wanted and computes {@code c}: operands of one dtype in one group. */
    boolean takes(Convolution.Call c) {
        return library != null && c.geometry().groups() == 1 && c.x().dtype() == c.w().dtype() && c.x().numel() > 0;
    }

    void run(Convolution.Call c) {
        try (AlignedRows x = AlignedRows.of(c.x(), device);
                Scratch w = paddedOutputs(c)) {
            DnnLibrary.Shape shape = shape(c, x.width());
            long filter = w == null ? c.w().address() : w.address();
            for (FrameRuns runs : FrameRuns.of(c.geometry().taps(), mostFrames(shape))) {
                for (int entry = 0; entry < c.x().dim(0); entry++) {
                    run(c, shape, x, filter, runs, entry);
                }
            }
        }
        long columns = c.out().dim(4);
        device.rows()
                .biasActivation(
                        c.out().dtype(),
                        c.out().address(),
                        c.out().numel() / columns,
                        columns,
                        Contract.bias("conv3d", c.bias(), columns),
                        c.activation());
    }

    /** The weight with outputs of zeros behind its own, null when it serves as it is. */
    private Scratch paddedOutputs(Convolution.Call c) {
        PackedWeight layout = c.w().layout();
        long outputs = PackedWeight.padded(layout.outputs());
        if (outputs == layout.outputs()) {
            return null;
        }
        int bytes = c.w().dtype().bytes();
        Scratch scratch = device.memory().scratch(outputs * layout.outStride() * bytes);
        device.elements().zero(scratch.address(), outputs * layout.outStride() * bytes);
        layouts.place(
                scratch.address(),
                layout.outStride() * bytes,
                c.w().address(),
                layout.outStride() * bytes,
                layout.outputs());
        return scratch;
    }

    private static DnnLibrary.Shape shape(Convolution.Call c, long channels) {
        Conv3dGeometry g = c.geometry();
        boolean even = isEven(g);
        return new DnnLibrary.Shape(
                c.x().dtype(),
                1,
                g.taps().kernel(),
                Math.toIntExact(c.x().dim(2) + (even ? 0 : g.top() + g.bottom())),
                Math.toIntExact(c.x().dim(3) + (even ? 0 : g.left() + g.right())),
                Math.toIntExact(channels),
                Math.toIntExact(PackedWeight.padded(c.out().dim(4))),
                Math.toIntExact(c.kernel().dim(2)),
                Math.toIntExact(c.kernel().dim(3)),
                Math.toIntExact(c.kernel().dim(4)),
                g.stride(),
                even ? g.top() : 0,
                even ? g.left() : 0);
    }

    private static long mostFrames(DnnLibrary.Shape shape) {
        long most = MOST_ELEMENTS / Math.max(shape.inFrame(), shape.outFrame());
        Contract.rule(
                most >= shape.kernelFrames(),
                "conv3d",
                "frames under the kernel for cuDNN",
                "below 2^31 elements; use BackendOptions.withConvolutions(KERNELS)",
                shape);
        return most;
    }

    private void run(
            Convolution.Call c, DnnLibrary.Shape shape, AlignedRows x, long filter, FrameRuns runs, int entry) {
        FrameTaps taps = c.geometry().taps();
        int bytes = c.x().dtype().bytes();
        long rowBytes = c.x().dim(3) * x.width() * bytes;
        long frameBytes = c.x().dim(2) * rowBytes;
        long clip = x.address() + entry * c.x().dim(1) * frameBytes;
        DnnLibrary.Shape part = shape.withFrames(runs.count(), runs.inputs(taps.kernel()));
        long pixels = (long) runs.count() * runs.length() * shape.outHeight() * shape.outWidth();
        long outBytes = c.out().dim(4) * bytes;
        long target = c.out().address()
                + (entry * c.out().dim(1) + runs.first()) * shape.outHeight() * shape.outWidth() * outBytes;
        try (Scratch gathered = gather(c.x(), clip, rowBytes, runs, c.geometry())) {
            long source = gathered == null ? clip + runs.source(taps, 0, 0) * frameBytes : gathered.address();
            if (shape.outputs() == c.out().dim(4)) {
                convolve(part, target, source, filter);
                return;
            }
            long wideBytes = (long) shape.outputs() * bytes;
            try (Scratch wide = device.memory().scratch(pixels * wideBytes)) {
                convolve(part, wide.address(), source, filter);
                layouts.take(target, wide.address(), wideBytes, outBytes, pixels);
            }
        }
    }

    private void convolve(DnnLibrary.Shape shape, long y, long x, long filter) {
        long bytes = library.workspaceBytes(shape);
        try (Scratch workspace = bytes == 0 ? null : device.memory().scratch(bytes)) {
            library.convolve(shape, y, x, filter, workspace == null ? 0 : workspace.address());
        }
    }

    /** Whether opposite sides have the same zeros, which a library adds itself. */
    private static boolean isEven(Conv3dGeometry g) {
        return g.top() == g.bottom() && g.left() == g.right();
    }

    /**
     * The sequences of {@code runs} one after another, for the caller to close; null when the clip serves as it is.
     *
     * @param x {@code [batch, frames, height, width, channels]}, of which {@code clip} is one entry at {@code clip}
     * @param rowBytes of a row of pixels
     */
    private Scratch gather(Tensor x, long clip, long rowBytes, FrameRuns runs, Conv3dGeometry g) {
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
        Scratch scratch = device.memory().scratch(runs.count() * inputs * frame.bytes());
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
            device.stream().zero(target, frame.bytes());
        }
        if (source == FrameTaps.ZERO) {
            return;
        }
        long from = clip + source * frame.sourceBytes();
        if (frame.isPadded()) {
            long inside = target + top * frame.paddedRowBytes + frame.leftBytes;
            layouts.place(inside, frame.paddedRowBytes, from, frame.rowBytes, frame.rows);
        } else {
            device.stream().copy(target, from, frame.bytes());
        }
    }
}
