package io.fsvideo.weights;

import io.fsvideo.tensor.DType;

/** Element types this library reads from safetensors, by their names there. */
enum StoredType {
    F32(4, DType.F32),
    BF16(2, DType.BF16),
    F16(2, DType.F16),
    F8_E4M3(1, DType.F8_E4M3),
    /** Five bits of exponent, two of mantissa: the upper byte of an F16, as which it is loaded. */
    F8_E5M2(1, DType.F16),
    I32(4, DType.I32),
    /** Loaded as I32; every value must fit. */
    I64(8, DType.I32),
    U8(1, DType.U8);

    private final int bytes;
    private final DType loaded;

    StoredType(int bytes, DType loaded) {
        this.bytes = bytes;
        this.loaded = loaded;
    }

    /** Bytes of one element in the file. */
    int bytes() {
        return bytes;
    }

    /** The dtype of the loaded tensor. */
    DType loaded() {
        return loaded;
    }

    /** The type called {@code name}, or null. */
    static StoredType named(String name) {
        for (StoredType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }
}
