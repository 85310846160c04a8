package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelParameter;
import java.util.List;

/** Offsets of a kernel's parameters in a block of native memory. */
final class ParameterLayout {
    /** How a value is written. */
    enum Kind {
        POINTER,
        INT32,
        INT64,
        FLOAT32,
        /** 64-bit integers by value. */
        LONGS,
        /** Floats by value. */
        FLOATS,
        /** Addresses by value. */
        POINTERS,
        TENSOR_MAP
    }

    private static final int MAP_ALIGNMENT = 128;

    private final List<KernelParameter> parameters;
    private final Kind[] kinds;
    private final int[] offsets;
    private final int bytes;

    private ParameterLayout(List<KernelParameter> parameters) {
        this.parameters = parameters;
        kinds = new Kind[parameters.size()];
        offsets = new int[parameters.size()];
        int end = 0;
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = kind(parameters.get(i).type());
            int alignment = kinds[i] == Kind.TENSOR_MAP ? MAP_ALIGNMENT : Long.BYTES;
            offsets[i] = (end + alignment - 1) & -alignment;
            end = offsets[i] + parameters.get(i).bytes();
        }
        bytes = end;
    }

    static ParameterLayout of(List<KernelParameter> parameters) {
        return new ParameterLayout(List.copyOf(parameters));
    }

    private static Kind kind(String type) {
        if (type.endsWith("*")) {
            return Kind.POINTER;
        }
        return switch (type) {
            case "int", "unsigned", "uint32_t" -> Kind.INT32;
            case "longlong", "unsignedlonglong", "uint64_t", "int64_t", "size_t", "long" -> Kind.INT64;
            case "float" -> Kind.FLOAT32;
            case "Long5", "Long6" -> Kind.LONGS;
            case "Float8", "Scales" -> Kind.FLOATS;
            case "Pointer8", "States" -> Kind.POINTERS;
            case "CUtensorMap" -> Kind.TENSOR_MAP;
            default -> throw new IllegalStateException("parameterLayout: no way to pass a " + type);
        };
    }

    int count() {
        return kinds.length;
    }

    KernelParameter parameter(int index) {
        return parameters.get(index);
    }

    Kind kind(int index) {
        return kinds[index];
    }

    /** Offset in bytes; a multiple of 8, of 128 for a tensor map. */
    int offset(int index) {
        return offsets[index];
    }

    /** Offsets of all parameters. */
    int[] offsets() {
        return offsets.clone();
    }

    /** Size of the block. */
    int bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return parameters.toString();
    }
}
