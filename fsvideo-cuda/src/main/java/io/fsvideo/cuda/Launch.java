package io.fsvideo.cuda;

import io.fsvideo.cuda.ParameterLayout.Kind;
import io.fsvideo.kernels.KernelImage;
import io.fsvideo.kernels.LaunchContract;
import io.fsvideo.kernels.LaunchException;
import io.fsvideo.kernels.MemoryRanges;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One kernel entry, launched again and again without making garbage: {@code launch.begin().grid(rows).block(128).pointer(out)
 * .pointer(x).int32(dim).run()}. Arguments go in the order of the {@code .cu}; each is checked against the declared type.
 */
final class Launch {
    private final Kernels kernels;
    private final String kernel;
    private final String entry;
    private final int[] grid = new int[3];
    private final int[] block = {0, 1, 1};
    private KernelImage image;
    private Driver.Function function;
    private ParameterLayout layout;
    private ByteBuffer values;
    private LaunchContract contract;
    private int[] offsets;
    private int fixedBlock;
    private int fixedSharedBytes;
    private int sharedBytes;
    private int next;

    Launch(Kernels kernels, String kernel, String entry) {
        this.kernels = kernels;
        this.kernel = kernel;
        this.entry = entry;
    }

    /** Starts a launch: the grid must follow, block and shared bytes unless the contract says them, then every argument. */
    Launch begin() {
        if (function == null) {
            load();
        }
        grid[0] = 0;
        grid[1] = 1;
        grid[2] = 1;
        block[0] = fixedBlock;
        sharedBytes = fixedSharedBytes;
        next = 0;
        return this;
    }

    private void load() {
        image = kernels.image(kernel);
        Driver.Function loaded = kernels.driver().load(kernel, image, entry);
        layout = loaded.layout();
        offsets = layout.offsets();
        values = loaded.values();
        contract = image.contract(entry);
        fixedBlock = contract.fixed("block.x").orElse(0);
        fixedSharedBytes = contract.fixed("shared").orElse(0);
        function = loaded;
    }

    Launch grid(long x) {
        return grid(x, 1, 1);
    }

    Launch grid(long x, long y) {
        return grid(x, y, 1);
    }

    Launch grid(long x, long y, long z) {
        if (x < 1 || y < 1 || z < 1 || x > Integer.MAX_VALUE || y > 65535 || z > 65535) {
            throw new ShapeException(entry + ": grid must be within [2147483647, 65535, 65535], got [" + x + ", " + y
                    + ", " + z + "]; split the batch or make the tensor smaller");
        }
        grid[0] = (int) x;
        grid[1] = (int) y;
        grid[2] = (int) z;
        return this;
    }

    /** One thread per item, in blocks of the size that the contract demands. */
    Launch threads(long items) {
        return grid((items + block[0] - 1) / block[0]);
    }

    /** Threads of a block, where the contract leaves a choice. */
    Launch block(int threads) {
        block[0] = threads;
        return this;
    }

    /** Dynamic shared memory in bytes, where the contract leaves a choice. */
    Launch shared(int bytes) {
        sharedBytes = bytes;
        return this;
    }

    /** The address of {@code tensor}, null for none. */
    Launch pointer(Tensor tensor) {
        return pointer(tensor == null ? 0 : tensor.address());
    }

    Launch pointer(long address) {
        values.putLong(place(Kind.POINTER), address);
        return this;
    }

    Launch int32(long value) {
        if ((int) value != value) {
            throw new ShapeException(entry + ": " + layout.parameter(next).name() + " must fit 32 bits, got " + value);
        }
        values.putInt(place(Kind.INT32), (int) value);
        return this;
    }

    Launch int64(long value) {
        values.putLong(place(Kind.INT64), value);
        return this;
    }

    Launch float32(float value) {
        values.putFloat(place(Kind.FLOAT32), value);
        return this;
    }

    /** A structure of 64-bit integers, as many as it has. */
    Launch longs(long[] elements) {
        int offset = places(Kind.LONGS, elements.length, Long.BYTES);
        for (int i = 0; i < elements.length; i++) {
            values.putLong(offset + i * Long.BYTES, elements[i]);
        }
        return this;
    }

    /** A structure of floats; those behind the given ones become 0. */
    Launch floats(float[] elements) {
        int offset = places(Kind.FLOATS, elements.length, Float.BYTES);
        for (int i = 0; i < elements.length; i++) {
            values.putFloat(offset + i * Float.BYTES, elements[i]);
        }
        return this;
    }

    /** A structure of addresses; those behind the given tensors become null. */
    Launch pointers(List<Tensor> tensors) {
        int offset = places(Kind.POINTERS, tensors.size(), Long.BYTES);
        for (int i = 0; i < tensors.size(); i++) {
            values.putLong(offset + i * Long.BYTES, tensors.get(i).address());
        }
        return this;
    }

    /** A structure of addresses; those behind the given ones become null. */
    Launch pointers(long[] addresses) {
        int offset = places(Kind.POINTERS, addresses.length, Long.BYTES);
        for (int i = 0; i < addresses.length; i++) {
            values.putLong(offset + i * Long.BYTES, addresses[i]);
        }
        return this;
    }

    Launch tensorMap(TensorMap map) {
        kernels.driver().encode(map, values, place(Kind.TENSOR_MAP));
        return this;
    }

    private int places(Kind kind, int count, int elementBytes) {
        int index = next;
        int offset = place(kind);
        int bytes = layout.parameter(index).bytes();
        if (count * elementBytes > bytes) {
            throw new IllegalStateException(
                    entry + ": " + layout.parameter(index).name() + " must have at most " + bytes / elementBytes
                            + " elements, got " + count);
        }
        for (int i = count * elementBytes; i < bytes; i += Integer.BYTES) {
            values.putInt(offset + i, 0);
        }
        return offset;
    }

    private int place(Kind kind) {
        int index = next;
        if (index >= layout.count() || layout.kind(index) != kind) {
            throw new IllegalStateException(entry + ": argument " + index + " must be "
                    + (index < layout.count() ? layout.parameter(index) : "absent") + ", got a " + kind);
        }
        next = index + 1;
        return layout.offset(index);
    }

    /**
     * Queues the launch on the device's stream.
     *
     * @throws ShapeException when the sizes are beyond what the kernel's contract allows
     */
    void run() {
        if (next != layout.count()) {
            throw new IllegalStateException(entry + ": arguments must be " + layout.count() + ", got " + next);
        }
        try {
            contract.check(grid, block, sharedBytes, values, offsets, MemoryRanges.UNKNOWN);
        } catch (LaunchException e) {
            throw new ShapeException(e.getMessage());
        }
        kernels.listener().launching(kernel, image, function, grid, block[0], sharedBytes);
        kernels.stream().launch(function, grid[0], grid[1], grid[2], block[0], sharedBytes);
    }

    /** Told of every launch before it is queued; for tests and traces. */
    @FunctionalInterface
    interface Listener {
        /** Hears nothing. */
        Listener NONE = (kernel, image, function, grid, block, sharedBytes) -> {};

        /**
         * @param kernel name of the source file
         * @param function the entry, whose {@link Driver.Function#values} hold the arguments
         * @param image its parameters and contract
         * @param grid blocks in x, y and z
         */
        void launching(
                String kernel, KernelImage image, Driver.Function function, int[] grid, int block, int sharedBytes);
    }
}
