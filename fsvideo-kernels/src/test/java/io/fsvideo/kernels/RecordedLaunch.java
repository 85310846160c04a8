package io.fsvideo.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A launch as data: grid, block, argument values by name, and the sizes of the buffers it was given. */
final class RecordedLaunch {
    final String entry;
    final int[] grid;
    final int[] block;
    int sharedBytes;
    final Map<Long, Long> bufferBytes = new HashMap<>();
    private final KernelImage image;
    private final List<KernelParameter> parameters;
    private final ByteBuffer values;
    private final int[] offsets;

    /** Arguments are zero until set. */
    RecordedLaunch(KernelImage image, String entry, int[] grid, int[] block, int sharedBytes) {
        this.image = image;
        this.entry = entry;
        this.grid = grid.clone();
        this.block = block.clone();
        this.sharedBytes = sharedBytes;
        parameters = image.parameters(entry);
        offsets = new int[parameters.size()];
        int end = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = (end + 7) / 8 * 8;
            end = offsets[i] + parameters.get(i).bytes();
        }
        values = ByteBuffer.allocate(end).order(ByteOrder.nativeOrder());
    }

    /**
     * A line of a test program's record: entry, grid, block, shared bytes, the bytes of each argument in hexadecimal, then
     * {@code |} and addresses with the bytes behind them.
     */
    static RecordedLaunch parse(KernelImage image, String line) {
        String[] halves = line.split("\\|", 2);
        String[] words = halves[0].trim().split(" ");
        RecordedLaunch launch =
                new RecordedLaunch(image, words[0], ints(words, 1), ints(words, 4), Integer.parseInt(words[7]));
        for (int i = 0; i < launch.offsets.length; i++) {
            launch.values.put(launch.offsets[i], HexFormat.of().parseHex(words[8 + i]));
        }
        for (String buffer : halves[1].trim().split(" ")) {
            if (!buffer.isEmpty()) {
                String[] pair = buffer.substring(2).split(":");
                launch.bufferBytes.put(Long.parseUnsignedLong(pair[0], 16), Long.parseLong(pair[1]));
            }
        }
        return launch;
    }

    private static int[] ints(String[] words, int from) {
        return new int[] {
            Integer.parseInt(words[from]), Integer.parseInt(words[from + 1]), Integer.parseInt(words[from + 2])
        };
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

    /** An argument, one element of an array passed by value, or grid.x, block.y, shared and the like. */
    void set(String name, int index, long value) {
        if (name.equals("shared")) {
            sharedBytes = (int) value;
            return;
        }
        if (name.indexOf('.') > 0) {
            dimensions(name)[name.charAt(name.length() - 1) - 'x'] = (int) value;
            return;
        }
        int parameter = index(name);
        if (parameters.get(parameter).bytes() == 4) {
            values.putInt(offsets[parameter], (int) value);
        } else {
            values.putLong(offsets[parameter] + 8 * index, value);
        }
    }

    long get(String name, int index) {
        if (name.equals("shared")) {
            return sharedBytes;
        }
        if (name.indexOf('.') > 0) {
            return dimensions(name)[name.charAt(name.length() - 1) - 'x'];
        }
        int parameter = index(name);
        return parameters.get(parameter).bytes() == 4
                ? values.getInt(offsets[parameter])
                : values.getLong(offsets[parameter] + 8 * index);
    }

    RecordedLaunch copy() {
        RecordedLaunch copy = new RecordedLaunch(image, entry, grid, block, sharedBytes);
        copy.bufferBytes.putAll(bufferBytes);
        copy.values.put(0, values, 0, values.capacity());
        return copy;
    }

    /** Values in an argument that is an array passed by value, else 1. */
    int length(String name) {
        return name.equals("shared") || name.indexOf('.') > 0
                ? 1
                : Math.max(1, image.parameters(entry).get(index(name)).bytes() / 8);
    }

    LaunchContract contract() {
        return image.contract(entry);
    }

    void check() {
        contract().check(grid, block, sharedBytes, values, offsets, address -> bufferBytes.getOrDefault(address, -1L));
    }

    /** The message with which the launch is refused, or the empty text. */
    String refusal() {
        try {
            check();
            return "";
        } catch (LaunchException e) {
            return e.getMessage();
        }
    }

    private int[] dimensions(String name) {
        return name.startsWith("grid") ? grid : block;
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
