package io.fsvideo.cuda;

import io.fsvideo.cuda.nccl.NcclDevice;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A device as NCCL's communicator uses it. */
final class CudaNcclDevice implements NcclDevice {
    private final CudaDriver driver;
    private final Device device;
    private final CudaStream main;
    private final CudaStream side;
    private final Driver.Event reached;
    private final Queue<CudaStream.CudaEvent> opened = new ConcurrentLinkedQueue<>();
    private final Queue<CudaStream.CudaEvent> free = new ConcurrentLinkedQueue<>();

    CudaNcclDevice(CudaDriver driver, Device device) {
        this.driver = driver;
        this.device = device;
        main = (CudaStream) device.stream();
        Opening opening = new Opening();
        try {
            side = opening.add(new CudaStream(driver));
            reached = driver.openEvent();
        } catch (RuntimeException | Error e) {
            opening.giveBack(e);
            throw e;
        }
    }

    @Override
    public Object lock() {
        return device;
    }

    @Override
    public void makeCurrent() {
        driver.makeCurrent();
    }

    @Override
    public long mainStream() {
        return main.handle().address();
    }

    @Override
    public long sideStream() {
        return side.handle().address();
    }

    @Override
    public void sideAfterMain() {
        main.record(reached);
        side.await(reached);
    }

    @Override
    public void mainAfterSide() {
        side.record(reached);
        main.await(reached);
    }

    @Override
    public Mark mark(long stream) {
        CudaStream.CudaEvent event = free.poll();
        if (event == null) {
            event = new CudaStream.CudaEvent(driver);
            opened.add(event);
        }
        (stream == sideStream() ? side : main).record(event);
        return new EventMark(event);
    }

    private final class EventMark implements Mark {
        private final CudaStream.CudaEvent event;

        EventMark(CudaStream.CudaEvent event) {
            this.event = event;
        }

        @Override
        public boolean passed() {
            return event.passed();
        }

        @Override
        public void close() {
            free.add(event);
        }
    }

    /** Outside the lock, so that a communicator that waits for ever can still be aborted. */
    @Override
    public void synchronize() {
        side.synchronize();
        main.synchronize();
    }

    @Override
    public void close() {
        try (reached) {
            opened.forEach(CudaStream.CudaEvent::close);
            side.close();
        }
    }
}
