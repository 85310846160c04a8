package io.fsvideo.kernels;

/**
 * A parameter of a kernel as its source declares it.
 *
 * @param name as in the source
 * @param type without qualifiers or spaces: {@code bf16*}, {@code int}, {@code float}, {@code CUtensorMap}, or a
 *     structure of the sources' headers such as {@code Long5}
 */
public record KernelParameter(String name, String type) {
    /** Size of the value that a launch passes. */
    public int bytes() {
        if (type.endsWith("*")) {
            return 8;
        }
        return switch (type) {
            case "int", "unsigned", "uint32_t", "float" -> 4;
            case "longlong", "unsignedlonglong", "uint64_t", "int64_t", "size_t", "double", "long" -> 8;
            case "Long5" -> 5 * 8;
            case "Long6" -> 6 * 8;
            case "Float8" -> 8 * 4;
            case "Pointer8" -> 8 * 8;
            case "Scales" -> 64 * 4;
            case "States" -> 64 * 8;
            case "CUtensorMap" -> EmulatorLibrary.TENSOR_MAP_BYTES;
            default -> throw new KernelImageException("parameter " + name + ": unknown type " + type);
        };
    }

    /** Whether it is the address of a buffer. */
    boolean isPointer() {
        return type.endsWith("*");
    }

    /** Whether it is an address or an array of them, passed by value. */
    boolean holdsPointers() {
        return isPointer() || type.equals("Pointer8") || type.equals("States");
    }

    /** Size of what a pointer points to; bytes where the type does not say. */
    int elementBytes() {
        return switch (type) {
            case "float*", "int*", "uint32_t*" -> 4;
            case "bf16*", "uint16_t*" -> 2;
            default -> 1;
        };
    }
}
