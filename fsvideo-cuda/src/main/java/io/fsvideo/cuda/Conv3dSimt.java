package io.fsvideo.cuda;

/** Launches {@code conv3d_simt.cu}: F32 arithmetic, any groups, kernel and stride, F32 and mixed dtypes. */
final class Conv3dSimt {
    private static final int TILE = 64;

    private final SimtEntries entries;

    Conv3dSimt(Device device) {
        entries = new SimtEntries(device, "conv3d_simt");
    }

    void run(ConvolutionCall c, long frameTaps) {
        PackedWeight w = c.w().layout();
        long pixels = c.pictures() * c.out().dim(2) * c.out().dim(3);
        long outputs = w.outputs() / c.geometry().groups();
        Launch entry = entries.begin(c.x().dtype(), c.w().dtype())
                .grid(
                        (pixels + TILE - 1) / TILE,
                        (outputs + TILE - 1) / TILE,
                        c.geometry().groups())
                .block(256)
                .pointer(c.out())
                .pointer(c.x())
                .pointer(c.w().address())
                .pointer(c.bias())
                .pointer(frameTaps);
        sizes(entry, c, w.inputs(), outputs);
        entry.int32(c.geometry().stride())
                .int32(c.geometry().top())
                .int32(c.geometry().left())
                .int64(w.outStride())
                .int64(w.tapStride())
                .int64(w.inStride())
                .int32(c.activation().ordinal())
                .run();
    }

    private static void sizes(Launch entry, ConvolutionCall c, long inputs, long outputs) {
        entry.int32(c.x().dim(0))
                .int32(c.x().dim(1))
                .int32(c.x().dim(2))
                .int32(c.x().dim(3))
                .int32(c.out().dim(1))
                .int32(c.out().dim(2))
                .int32(c.out().dim(3))
                .int32(inputs)
                .int32(outputs)
                .int32(c.kernel().dim(2))
                .int32(c.kernel().dim(3))
                .int32(c.kernel().dim(4));
    }
}
