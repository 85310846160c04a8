package io.fsvideo.cuda;

import io.fsvideo.tensor.HostStore;
import io.fsvideo.tensor.OutOfMemoryException;
import java.util.ArrayList;
import java.util.List;

/** Page-locked memory for weights that are off the device; slots are filled through a stream of their own. */
final class CudaHostStore implements HostStore, AutoCloseable {
    /** The largest piece locked at once. */
    static final long CHUNK_BYTES = 1L << 30;

    private final Device device;
    private final long chunkBytes;
    private Stream copies;
    private long inUse;

    CudaHostStore(Device device) {
        this(device, CHUNK_BYTES);
    }

    CudaHostStore(Device device, long chunkBytes) {
        this.device = device;
        this.chunkBytes = chunkBytes;
    }

    @Override
    public Block allocate(long bytes) {
        synchronized (device) {
            List<Driver.PinnedMemory> chunks = new ArrayList<>();
            try {
                for (long done = 0; done < bytes; done += chunkBytes) {
                    chunks.add(device.driver().pin((int) Math.min(chunkBytes, bytes - done)));
                }
            } catch (RuntimeException | Error e) {
                chunks.forEach(Driver.PinnedMemory::close);
                if (e instanceof CudaException failed && failed.code() == DriverCalls.OUT_OF_MEMORY) {
                    throw outOfMemory(bytes);
                }
                throw e;
            }
            inUse += bytes;
            return new Pinned(chunks, bytes);
        }
    }

    private OutOfMemoryException outOfMemory(long asked) {
        return new OutOfMemoryException("cuda: weights that are offloaded must fit the host's page-locked memory, got a"
                + " request for " + asked + " bytes with " + inUse
                + " in use; raise the limit (ulimit -l, the container's), or offload less");
    }

    private final class Pinned implements Block {
        private final List<Driver.PinnedMemory> chunks;
        private final long bytes;

        Pinned(List<Driver.PinnedMemory> chunks, long bytes) {
            this.chunks = chunks;
            this.bytes = bytes;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        /** Waits for copies under way; those of slots come before the device's later work. */
        @Override
        public void close() {
            synchronized (device) {
                try {
                    device.stream().synchronize();
                } catch (DeviceLostException nothingIsUnderWay) {
                    // The call that lost the device has thrown already.
                }
                chunks.forEach(Driver.PinnedMemory::close);
                inUse -= chunks.isEmpty() ? 0 : bytes;
                chunks.clear();
            }
        }
    }

    /** One copy within a chunk. */
    private interface Piece {
        void copy(long address, Driver.PinnedMemory chunk, int offset, int bytes);
    }

    private void each(Block block, long offset, long address, long bytes, Piece piece) {
        List<Driver.PinnedMemory> chunks = ((Pinned) block).chunks;
        for (long done = 0; done < bytes; ) {
            long at = offset + done;
            int within = (int) (at % chunkBytes);
            int count = (int) Math.min(chunkBytes - within, bytes - done);
            piece.copy(address + done, chunks.get((int) (at / chunkBytes)), within, count);
            done += count;
        }
    }

    @Override
    public void save(Block target, long offset, long address, long bytes) {
        synchronized (device) {
            Stream stream = device.stream();
            each(target, offset, address, bytes, (from, to, at, count) -> stream.copyOut(to, at, from, count));
        }
    }

    @Override
    public void restore(long address, Block source, long offset, long bytes) {
        synchronized (device) {
            copyIn(device.stream(), address, source, offset, bytes);
        }
    }

    private void copyIn(Stream stream, long address, Block source, long offset, long bytes) {
        each(source, offset, address, bytes, stream::copyIn);
    }

    @Override
    public Slot slot(long bytes) {
        synchronized (device) {
            if (copies == null) {
                copies = device.driver().openStream();
            }
            return new DeviceSlot(bytes);
        }
    }

    @Override
    public long bytesInUse() {
        synchronized (device) {
            return inUse;
        }
    }

    @Override
    public void close() {
        if (copies != null) {
            copies.close();
            copies = null;
        }
    }

    /** Memory of the device's stream; the copy stream writes it between two marks. */
    private final class DeviceSlot implements Slot {
        private final long address;
        private final Driver.Event released;
        private final Driver.Event filled;
        private boolean closed;

        DeviceSlot(long bytes) {
            Driver driver = device.driver();
            Opening opening = new Opening();
            address = device.memory().allocate(bytes);
            opening.add(() -> device.memory().free(address));
            try {
                released = opening.add(driver.openEvent());
                filled = opening.add(driver.openEvent());
                release();
            } catch (RuntimeException | Error e) {
                opening.giveBack(e);
                throw e;
            }
        }

        @Override
        public long address() {
            return address;
        }

        @Override
        public void fill(Block source) {
            synchronized (device) {
                copies.await(released);
                copyIn(copies, address, source, 0, source.bytes());
                copies.record(filled);
            }
        }

        @Override
        public void await() {
            synchronized (device) {
                device.stream().await(filled);
            }
        }

        @Override
        public void release() {
            synchronized (device) {
                device.stream().record(released);
            }
        }

        @Override
        public void close() {
            synchronized (device) {
                if (closed) {
                    return;
                }
                closed = true;
                try (released;
                        filled) {
                    await();
                } catch (DeviceLostException memoryWentWithItsContext) {
                    // The call that lost the device has thrown already; what is held here must still be given up.
                } finally {
                    device.memory().free(address);
                }
            }
        }
    }
}
