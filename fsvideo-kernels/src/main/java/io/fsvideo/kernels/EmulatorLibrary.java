package io.fsvideo.kernels;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The emulator's shared library: every kernel of this module, run on the CPU by name.
 *
 * <p>Memory is passed by address, as on a device. One launch runs at a time; calls from several threads wait.
 */
public final class EmulatorLibrary {
    /** Bytes of an encoded tensor map. */
    public static final int TENSOR_MAP_BYTES = 128;

    private final Map<String, LaunchContract> contracts = new ConcurrentHashMap<>();

    private EmulatorLibrary() {}

    /**
     * Loads the library.
     *
     * @param file {@code libfsvideo_emulator.so}, as {@code make library} builds it
     * @throws EmulatorException if the file cannot be loaded
     */
    public static EmulatorLibrary load(Path file) {
        try {
            System.load(file.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError e) {
            throw new EmulatorException("emulator: cannot load " + file + ": " + e.getMessage()
                    + "; build it with: make -C fsvideo-kernels library");
        }
        return new EmulatorLibrary();
    }

    /** Names of all kernels, in order. */
    public List<String> kernels() {
        List<String> names = new ArrayList<>();
        for (String name = kernel(0); name != null; name = kernel(names.size())) {
            names.add(name);
        }
        return names;
    }

    /** Size in bytes of each parameter of a kernel. */
    public int[] parameterBytes(String kernel) {
        int[] bytes = parameters(kernel);
        if (bytes == null) {
            throw new EmulatorException(kernel + ": no such kernel in the emulator's library");
        }
        return bytes;
    }

    /**
     * Sets how the next launches run.
     *
     * @param option {@code schedule} (forward, reverse, random, skew), {@code delivery} (early, late, random), {@code seed}
     *     or {@code poison} (on, off)
     */
    public void option(String option, String value) {
        check(set(option, value));
    }

    /** Address of a direct buffer's first byte, to be passed as a pointer parameter. */
    public long addressOf(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new EmulatorException("emulator: a buffer must be direct, got one on the heap");
        }
        return address(buffer);
    }

    /**
     * Checks a launch against its kernel's contract, then runs it to its end.
     *
     * @param grid blocks in x, y and z
     * @param block threads in x, y and z
     * @param sharedBytes dynamic shared memory
     * @param values direct buffer in native byte order with the value of each parameter
     * @param offsets offset in bytes of each parameter's value
     * @throws LaunchException if the launch breaks the contract; nothing has run
     * @throws EmulatorException if the kernel fails, with block and thread
     */
    public void launch(String kernel, int[] grid, int[] block, int sharedBytes, ByteBuffer values, int... offsets) {
        contracts
                .computeIfAbsent(kernel, name -> KernelImage.ofEntry(name).contract(name))
                .check(grid, block, sharedBytes, values, offsets, MemoryRanges.UNKNOWN);
        addressOf(values);
        check(run(kernel, grid, block, sharedBytes, values, offsets));
    }

    /**
     * Encodes a tensor map as {@code cuTensorMapEncodeTiled} does; arrays go from the innermost dimension outwards.
     *
     * @param map direct buffer of {@link #TENSOR_MAP_BYTES}
     * @param type CUtensorMapDataType, 9 for BF16
     * @param strides bytes, of all dimensions but the innermost
     * @param swizzle CUtensorMapSwizzle: 0 none, 1 32 bytes, 2 64 bytes, 3 128 bytes
     */
    public void encodeTensorMap(
            ByteBuffer map, int type, long address, long[] size, long[] strides, int[] box, int swizzle) {
        if (!map.isDirect() || map.capacity() < TENSOR_MAP_BYTES) {
            throw new EmulatorException(
                    "tensor map: buffer must be direct and have " + TENSOR_MAP_BYTES + " bytes, got " + map.capacity());
        }
        if (size.length != box.length || strides.length != size.length - 1) {
            throw new EmulatorException("tensor map: " + size.length + " sizes, " + box.length + " box sizes and "
                    + strides.length + " strides do not belong together");
        }
        int[] step = new int[box.length];
        Arrays.fill(step, 1);
        check(tensorMap(map, type, address, size, strides, box, step, swizzle));
    }

    private static void check(int code) {
        if (code != 0) {
            throw new EmulatorException(error());
        }
    }

    private static native String error();

    private static native int set(String option, String value);

    private static native String kernel(int index);

    private static native int[] parameters(String kernel);

    private static native long address(ByteBuffer buffer);

    private static native int run(
            String kernel, int[] grid, int[] block, int sharedBytes, ByteBuffer values, int[] offsets);

    private static native int tensorMap(
            ByteBuffer map, int type, long address, long[] size, long[] stride, int[] box, int[] step, int swizzle);
}
