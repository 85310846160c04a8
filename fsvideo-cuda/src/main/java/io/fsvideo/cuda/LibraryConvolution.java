package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.FrameTaps;

/**
 * Convolution by a {@link DnnLibrary}, which knows nothing of the geometry of frames: they are gathered into sequences, in pieces of less
 * than 2^31 elements, as it takes no larger tensors. Channels are padded to a multiple of 8, as its tensor core code wants.
 */
final class LibraryConvolution {
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

    private final DnnLibrary library;
    private final DeviceMemory memory;
    private final DeviceCopies copies;
    private final GatheredFrames frames;
    private final BiasActivation epilogue;

    LibraryConvolution(Device device, DeviceCopies copies) {
        library = device.dnnLibrary();
        memory = device.memory();
        this.copies = copies;
        frames = new GatheredFrames(device, copies);
        epilogue = new BiasActivation(device);
    }

    /** Whether the library is wanted and computes {@code c}: operands of one dtype in one group. */
    boolean takes(ConvolutionCall c) {
        return library != null && c.geometry().groups() == 1 && c.x().dtype() == c.w().dtype() && c.x().numel() > 0;
    }

    void run(ConvolutionCall c) {
        try (AlignedRows x = AlignedRows.of(c.x(), memory, copies);
                Scratch w = paddedOutputs(c)) {
            DenseConvolution shape = shape(c, x.width());
            long filter = w == null ? c.w().address() : w.address();
            for (FrameRuns runs : FrameRuns.of(c.geometry().taps(), mostFrames(shape))) {
                for (int entry = 0; entry < c.x().dim(0); entry++) {
                    run(c, shape, x, filter, runs, entry);
                }
            }
        }
        long columns = c.out().dim(4);
        epilogue.runIfNeeded(c.out(), columns, Contract.bias("conv3d", c.bias(), columns), c.activation());
    }

    /** The weight with outputs of zeros behind its own, null when it serves as it is. */
    private Scratch paddedOutputs(ConvolutionCall c) {
        PackedWeight layout = c.w().layout();
        long outputs = PackedWeight.padded(layout.outputs());
        if (outputs == layout.outputs()) {
            return null;
        }
        int bytes = c.w().dtype().bytes();
        Scratch scratch = memory.scratch(outputs * layout.outStride() * bytes);
        copies.zero(scratch.address(), outputs * layout.outStride() * bytes);
        copies.place(
                scratch.address(),
                layout.outStride() * bytes,
                c.w().address(),
                layout.outStride() * bytes,
                layout.outputs());
        return scratch;
    }

    private static DenseConvolution shape(ConvolutionCall c, long channels) {
        Conv3dGeometry g = c.geometry();
        boolean even = GatheredFrames.isEven(g);
        return new DenseConvolution(
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

    private static long mostFrames(DenseConvolution shape) {
        long most = MOST_ELEMENTS / Math.max(shape.inFrame(), shape.outFrame());
        Contract.rule(
                most >= shape.kernelFrames(),
                "conv3d",
                "frames under the kernel for cuDNN",
                "below 2^31 elements; use BackendOptions.withConvolutions(KERNELS)",
                shape);
        return most;
    }

    private void run(ConvolutionCall c, DenseConvolution shape, AlignedRows x, long filter, FrameRuns runs, int entry) {
        FrameTaps taps = c.geometry().taps();
        int bytes = c.x().dtype().bytes();
        long rowBytes = c.x().dim(3) * x.width() * bytes;
        long frameBytes = c.x().dim(2) * rowBytes;
        long clip = x.address() + entry * c.x().dim(1) * frameBytes;
        DenseConvolution part = shape.withFrames(runs.count(), runs.inputs(taps.kernel()));
        long pixels = (long) runs.count() * runs.length() * shape.outHeight() * shape.outWidth();
        long outBytes = c.out().dim(4) * bytes;
        long target = c.out().address()
                + (entry * c.out().dim(1) + runs.first()) * shape.outHeight() * shape.outWidth() * outBytes;
        try (Scratch gathered = frames.gather(c.x(), clip, rowBytes, runs, c.geometry())) {
            long source = gathered == null ? clip + runs.source(taps, 0, 0) * frameBytes : gathered.address();
            if (shape.outputs() == c.out().dim(4)) {
                convolve(part, target, source, filter);
                return;
            }
            long wideBytes = (long) shape.outputs() * bytes;
            try (Scratch wide = memory.scratch(pixels * wideBytes)) {
                convolve(part, wide.address(), source, filter);
                copies.take(target, wide.address(), wideBytes, outBytes, pixels);
            }
        }
    }

    private void convolve(DenseConvolution shape, long y, long x, long filter) {
        long bytes = library.workspaceBytes(shape);
        try (Scratch workspace = bytes == 0 ? null : memory.scratch(bytes)) {
            library.convolve(shape, y, x, filter, workspace == null ? 0 : workspace.address());
        }
    }
}
