package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;
import io.fsvideo.tensor.BackendException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A driver that takes every call and does nothing: memory is counted, data read back is zeros. For plans, and to time Java alone. */
final class IdleDriver implements Driver {
    private final DeviceReport report;
    private long nextAddress = 1 << 20;
    private long launches;

    /** @param report of the device that is imitated */
    IdleDriver(DeviceReport report) {
        this.report = report;
    }

    /** An entry and its parameter block. */
    private record IdleFunction(String entry, ParameterLayout layout, ByteBuffer values) implements Driver.Function {}

    @Override
    public DeviceReport report() {
        return report;
    }

    @Override
    public long freeBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public Stream openStream() {
        return new IdleStream();
    }

    @Override
    public Driver.Event openEvent() {
        return new IdleEvent();
    }

    /** Made when its bytes are looked at: a plan's offloaded weights never are. */
    private static final class IdlePinned implements Driver.PinnedMemory {
        private final int bytes;
        private ByteBuffer buffer;

        IdlePinned(int bytes) {
            this.bytes = bytes;
        }

        @Override
        public ByteBuffer buffer() {
            if (buffer == null) {
                buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
            }
            return buffer;
        }

        void zero(int offset, int count) {
            if (buffer != null) {
                buffer.duplicate().clear().put(offset, new byte[count]);
            }
        }

        @Override
        public void close() {}
    }

    @Override
    public Driver.PinnedMemory pin(int bytes) {
        return new IdlePinned(bytes);
    }

    @Override
    public Driver.Function load(String kernel, KernelImage image, String entry) {
        ParameterLayout layout = ParameterLayout.of(image.parameters(entry));
        return new IdleFunction(
                entry, layout, ByteBuffer.allocateDirect(layout.bytes()).order(ByteOrder.nativeOrder()));
    }

    @Override
    public void encode(TensorMap map, ByteBuffer target, int offset) {
        target.putLong(offset, map.address());
    }

    long launches() {
        return launches;
    }

    @Override
    public MatrixLibrary openMatrixLibrary(Stream stream) {
        throw new BackendException("idle: must multiply by kernels, got a wish for cuBLAS");
    }

    @Override
    public DnnLibrary openDnnLibrary(Stream stream) {
        throw new BackendException("idle: must convolve by kernels, got a wish for cuDNN");
    }

    @Override
    public void close() {}

    private static final class IdleEvent implements Driver.Event {
        @Override
        public void synchronize() {}

        @Override
        public float millisecondsSince(Driver.Event start) {
            return 0;
        }

        @Override
        public void close() {}
    }

    private final class IdleStream implements Stream {
        @Override
        public long allocate(long bytes) {
            long address = nextAddress;
            nextAddress += (bytes + 255) & -256;
            return address;
        }

        @Override
        public void free(long address) {}

        @Override
        public void trim() {}

        @Override
        public void copyIn(long target, Driver.PinnedMemory source, int offset, int bytes) {}

        @Override
        public void copyOut(Driver.PinnedMemory target, int offset, long source, int bytes) {
            ((IdlePinned) target).zero(offset, bytes);
        }

        @Override
        public void copy(long target, long source, long bytes) {}

        @Override
        public void zero(long address, long bytes) {}

        @Override
        public void launch(Driver.Function function, int gridX, int gridY, int gridZ, int blockX, int sharedBytes) {
            launches++;
        }

        @Override
        public void record(Driver.Event event) {}

        @Override
        public void await(Driver.Event event) {}

        @Override
        public void beginCapture() {}

        @Override
        public Driver.Graph endCapture() {
            return () -> {};
        }

        @Override
        public void launch(Driver.Graph graph) {}

        @Override
        public void synchronize() {}

        @Override
        public void close() {}
    }
}
