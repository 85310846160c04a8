package io.fsvideo.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A launch as data: grid, block, argument values by name, and the sizes of the buffers it was given. */
final class RecordedLaunch {
    final String entry;
    final int[] grid;
    final int[] block;
    int sharedBytes;
    final Map<Long, Long> bufferBytes = new HashMap<>();
    private final List<KernelParameter> parameters;
    private final ByteBuffer values;
    private final int[] offsets;

    /** Arguments are zero until set. */
    RecordedLaunch(String entry, int[] grid, int[] block, int sharedBytes) {
        this.entry = entry;
        this.grid = grid.clone();
        this.block = block.clone();
        this.sharedBytes = sharedBytes;
        parameters = KernelImage.ofEntry(entry).parameters(entry);
        offsets = new int[parameters.size()];
        int end = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = (end + 7) / 8 * 8;
            end = offsets[i] + parameters.get(i).bytes();
        }
        values = ByteBuffer.allocate(end).order(ByteOrder.nativeOrder());
    }

    /** Integers of the parameter's size; tensor maps take any number but 0 for an encoded one. */
    RecordedLaunch with(String name, long value) {
        set(name, 0, value);
        return this;
    }

    /** An address with a buffer of so many bytes behind it. */
    RecordedLaunch with(String name, long address, long bytes) {
        bufferBytes.put(address, bytes);
        return with(name, address);
    }

    /** One element of an array passed by value. */
    void set(String name, int index, long value) {
        int parameter = index(name);
        if (parameters.get(parameter).bytes() == 4) {
            values.putInt(offsets[parameter], (int) value);
        } else {
            values.putLong(offsets[parameter] + 8 * index, value);
        }
    }

    long get(String name, int index) {
        int parameter = index(name);
        return parameters.get(parameter).bytes() == 4
                ? values.getInt(offsets[parameter])
                : values.getLong(offsets[parameter] + 8 * index);
    }

    List<KernelParameter> parameters() {
        return parameters;
    }

    RecordedLaunch copy() {
        RecordedLaunch copy = new RecordedLaunch(entry, grid, block, sharedBytes);
        copy.bufferBytes.putAll(bufferBytes);
        copy.values.put(0, values, 0, values.capacity());
        return copy;
    }

    void check(LaunchContract contract) {
        contract.check(grid, block, sharedBytes, values, offsets, address -> bufferBytes.getOrDefault(address, -1L));
    }

    void check() {
        check(KernelImage.ofEntry(entry).contract(entry));
    }

    private int index(String name) {
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new AssertionError(entry + " has no parameter " + name);
    }
}
