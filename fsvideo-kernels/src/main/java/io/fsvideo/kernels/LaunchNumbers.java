package io.fsvideo.kernels;

import io.fsvideo.kernels.ExpressionParser.Slot;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Where the numbers of an entry's launch stand when its contract is evaluated: grid, block, shared bytes, arguments. */
final class LaunchNumbers {
    private static final List<String> LAUNCH =
            List.of("grid.x", "grid.y", "grid.z", "block.x", "block.y", "block.z", "shared");

    private enum Kind {
        UNREAD,
        INT,
        UNSIGNED,
        LONG
    }

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final List<KernelParameter> parameters;
    private final Kind[] kinds;
    private final int[] bytes;
    private final int size;

    LaunchNumbers(List<KernelParameter> parameters) {
        this.parameters = parameters;
        kinds = new Kind[parameters.size()];
        bytes = parameters.stream().mapToInt(KernelParameter::bytes).toArray();
        LAUNCH.forEach(name -> slots.put(name, new Slot(slots.size(), 1)));
        int next = LAUNCH.size();
        for (int i = 0; i < kinds.length; i++) {
            KernelParameter parameter = parameters.get(i);
            kinds[i] = kind(parameter);
            if (kinds[i] != Kind.UNREAD) {
                int length = kinds[i] == Kind.LONG ? bytes[i] / 8 : 1;
                slots.put(parameter.name(), new Slot(next, length));
                next += length;
            }
        }
        size = next;
    }

    private static Kind kind(KernelParameter parameter) {
        if (parameter.isPointer()) {
            return Kind.LONG;
        }
        return switch (parameter.type()) {
            case "int" -> Kind.INT;
            case "unsigned", "uint32_t" -> Kind.UNSIGNED;
            case "longlong", "unsignedlonglong", "int64_t", "uint64_t", "size_t", "long", "Long5", "Long6" -> Kind.LONG;
            default -> Kind.UNREAD;
        };
    }

    Map<String, Slot> slots() {
        return slots;
    }

    /** How many there are; they are the first registers of the program. */
    int size() {
        return size;
    }

    void read(long[] frame, int[] grid, int[] block, int sharedBytes, ByteBuffer values, int[] offsets) {
        for (int i = 0; i < 3; i++) {
            frame[i] = grid[i];
            frame[3 + i] = block[i];
        }
        frame[6] = sharedBytes;
        int next = LAUNCH.size();
        for (int i = 0; i < kinds.length; i++) {
            int at = offsets[i];
            switch (kinds[i]) {
                case INT -> frame[next++] = values.getInt(at);
                case UNSIGNED -> frame[next++] = values.getInt(at) & 0xffffffffL;
                case LONG -> {
                    for (int end = at + bytes[i]; at < end; at += 8) {
                        frame[next++] = values.getLong(at);
                    }
                }
                case UNREAD -> {}
            }
        }
    }

    /** The expression's value as messages show it. */
    String value(Expression expression, long[] frame) {
        if (expression.isPlain() && expression.names().size() == 1) {
            return value(expression.names().get(0), frame);
        }
        return number(frame[expression.register()]);
    }

    /** {@code rows = 2, out = 0x7f00}. */
    String values(List<String> names, long[] frame) {
        StringJoiner all = new StringJoiner(", ");
        names.forEach(name -> all.add(name + " = " + value(name, frame)));
        return all.toString();
    }

    private String value(String name, long[] frame) {
        Slot slot = slots.get(name);
        if (slot.length() > 1) {
            return Arrays.toString(Arrays.copyOfRange(frame, slot.first(), slot.first() + slot.length()));
        }
        boolean pointer = parameters.stream().anyMatch(p -> p.name().equals(name) && p.isPointer());
        return pointer ? address(frame[slot.first()]) : number(frame[slot.first()]);
    }

    static String number(long value) {
        return value == LaunchProgram.TOO_LARGE ? "more than 2^63" : Long.toString(value);
    }

    static String address(long address) {
        return address == 0 ? "null" : "0x" + Long.toHexString(address);
    }
}
