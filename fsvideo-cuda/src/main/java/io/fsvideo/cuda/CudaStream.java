package io.fsvideo.cuda;

import io.fsvideo.cuda.NativeAddress.StreamHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.bytedeco.cuda.cudart.CUstream_st;

/** A stream of the driver's. */
final class CudaStream implements Stream {
    /** A graph may be launched again although memory it took was not given back inside it. */
    private static final long FREE_ON_LAUNCH = 1;

    private final CudaDriver driver;
    private final DriverCalls calls;
    private final StreamHandle handle = new StreamHandle();
    private final CUstream_st poolHandle;

    CudaStream(CudaDriver driver) {
        this.driver = driver;
        calls = driver.calls();
        driver.makeCurrent();
        calls.check("cuStreamCreate", () -> JCudaDriver.cuStreamCreate(handle, CUstream_flags.CU_STREAM_NON_BLOCKING));
        poolHandle = handle.javaCpp();
    }

    StreamHandle handle() {
        return handle;
    }

    @Override
    public long allocate(long bytes) {
        driver.makeCurrent();
        return driver.pool().allocate(bytes, poolHandle);
    }

    @Override
    public void free(long address) {
        if (!calls.lost()) {
            driver.makeCurrent();
            driver.pool().free(address, poolHandle);
        }
    }

    @Override
    public void trim() {
        synchronize();
        driver.pool().trim();
    }

    @Override
    public void copyIn(long target, Driver.PinnedMemory source, int offset, int bytes) {
        driver.makeCurrent();
        calls.check(
                "cuMemcpyHtoDAsync",
                () -> JCudaDriver.cuMemcpyHtoDAsync(NativeAddress.device(target), at(source, offset), bytes, handle));
    }

    @Override
    public void copyOut(Driver.PinnedMemory target, int offset, long source, int bytes) {
        driver.makeCurrent();
        calls.check(
                "cuMemcpyDtoHAsync",
                () -> JCudaDriver.cuMemcpyDtoHAsync(at(target, offset), NativeAddress.device(source), bytes, handle));
    }

    private static jcuda.Pointer at(Driver.PinnedMemory memory, int offset) {
        return ((CudaPinnedMemory) memory).at(offset);
    }

    @Override
    public void copy(long target, long source, long bytes) {
        driver.makeCurrent();
        calls.check(
                "cuMemcpyDtoDAsync",
                () -> JCudaDriver.cuMemcpyDtoDAsync(
                        NativeAddress.device(target), NativeAddress.device(source), bytes, handle));
    }

    @Override
    public void zero(long address, long bytes) {
        driver.makeCurrent();
        calls.check(
                "cuMemsetD8Async",
                () -> JCudaDriver.cuMemsetD8Async(NativeAddress.device(address), (byte) 0, bytes, handle));
    }

    @Override
    public void launch(Driver.Function function, int gridX, int gridY, int gridZ, int blockX, int sharedBytes) {
        driver.makeCurrent();
        CudaFunction loaded = (CudaFunction) function;
        loaded.allowShared(sharedBytes);
        int code;
        try {
            code = JCudaDriver.cuLaunchKernel(
                    loaded.handle(), gridX, gridY, gridZ, blockX, 1, 1, sharedBytes, handle, loaded.parameters(), null);
        } catch (jcuda.CudaException e) {
            code = DriverCalls.code(e);
        }
        if (code != DriverCalls.SUCCESS) {
            calls.require(
                    "cuLaunchKernel of " + function.entry() + " with grid [" + gridX + ", " + gridY + ", " + gridZ
                            + "], block " + blockX + ", " + sharedBytes + " shared bytes",
                    code);
        }
    }

    @Override
    public void record(Driver.Event event) {
        driver.makeCurrent();
        calls.check("cuEventRecord", () -> JCudaDriver.cuEventRecord(((CudaEvent) event).handle(), handle));
    }

    @Override
    public void await(Driver.Event event) {
        driver.makeCurrent();
        calls.check("cuStreamWaitEvent", () -> JCudaDriver.cuStreamWaitEvent(handle, ((CudaEvent) event).handle(), 0));
    }

    @Override
    public void beginCapture() {
        driver.makeCurrent();
        calls.check(
                "cuStreamBeginCapture",
                () -> JCudaDriver.cuStreamBeginCapture(
                        handle, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    }

    @Override
    public Driver.Graph endCapture() {
        driver.makeCurrent();
        CUgraph graph = new CUgraph();
        calls.check("cuStreamEndCapture", () -> JCudaDriver.cuStreamEndCapture(handle, graph));
        try {
            CUgraphExec executable = new CUgraphExec();
            calls.check("cuGraphInstantiate", () -> JCudaDriver.cuGraphInstantiate(executable, graph, FREE_ON_LAUNCH));
            return new CudaGraph(driver, executable);
        } finally {
            calls.release("cuGraphDestroy", () -> JCudaDriver.cuGraphDestroy(graph));
        }
    }

    @Override
    public void launch(Driver.Graph graph) {
        driver.makeCurrent();
        calls.check("cuGraphLaunch", () -> JCudaDriver.cuGraphLaunch(((CudaGraph) graph).handle(), handle));
    }

    @Override
    public void synchronize() {
        driver.makeCurrent();
        calls.check("cuStreamSynchronize", () -> JCudaDriver.cuStreamSynchronize(handle));
    }

    @Override
    public void close() {
        calls.release("cuStreamDestroy", () -> {
            driver.makeCurrent();
            return JCudaDriver.cuStreamDestroy(handle);
        });
    }

    /** An event of the driver's. */
    static final class CudaEvent implements Driver.Event {
        private static final int NOT_READY = 600;

        private final CudaDriver driver;
        private final CUevent handle = new CUevent();

        CudaEvent(CudaDriver driver) {
            this.driver = driver;
            driver.makeCurrent();
            driver.calls().check("cuEventCreate", () -> JCudaDriver.cuEventCreate(handle, 0));
        }

        CUevent handle() {
            return handle;
        }

        @Override
        public void synchronize() {
            driver.makeCurrent();
            driver.calls().check("cuEventSynchronize", () -> JCudaDriver.cuEventSynchronize(handle));
        }

        /** Whether the point has been passed; also when never recorded. */
        boolean passed() {
            driver.makeCurrent();
            int code = DriverCalls.code(() -> JCudaDriver.cuEventQuery(handle));
            if (code == NOT_READY) {
                return false;
            }
            driver.calls().require("cuEventQuery", code);
            return true;
        }

        @Override
        public float millisecondsSince(Driver.Event start) {
            driver.makeCurrent();
            float[] milliseconds = new float[1];
            driver.calls()
                    .check(
                            "cuEventElapsedTime",
                            () -> JCudaDriver.cuEventElapsedTime(milliseconds, ((CudaEvent) start).handle, handle));
            return milliseconds[0];
        }

        @Override
        public void close() {
            driver.calls().release("cuEventDestroy", () -> {
                driver.makeCurrent();
                return JCudaDriver.cuEventDestroy(handle);
            });
        }
    }

    /** A captured graph, ready to be launched. */
    static final class CudaGraph implements Driver.Graph {
        private final CudaDriver driver;
        private final CUgraphExec handle;

        CudaGraph(CudaDriver driver, CUgraphExec handle) {
            this.driver = driver;
            this.handle = handle;
        }

        CUgraphExec handle() {
            return handle;
        }

        @Override
        public void close() {
            driver.calls().release("cuGraphExecDestroy", () -> {
                driver.makeCurrent();
                return JCudaDriver.cuGraphExecDestroy(handle);
            });
        }
    }

    /** Page-locked memory of the driver's. */
    static final class CudaPinnedMemory implements Driver.PinnedMemory {
        private final CudaDriver driver;
        private final Pointer address = new Pointer();
        private final ByteBuffer buffer;

        CudaPinnedMemory(CudaDriver driver, int bytes) {
            this.driver = driver;
            driver.makeCurrent();
            driver.calls()
                    .check("cuMemAllocHost of " + bytes + " bytes", () -> JCudaDriver.cuMemAllocHost(address, bytes));
            buffer = address.getByteBuffer(0, bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public ByteBuffer buffer() {
            return buffer;
        }

        Pointer at(int offset) {
            return address.withByteOffset(offset);
        }

        @Override
        public void close() {
            driver.calls().release("cuMemFreeHost", () -> {
                driver.makeCurrent();
                return JCudaDriver.cuMemFreeHost(address);
            });
        }
    }
}
