package io.fsvideo.tensor;

/** Element types a tensor can have. */
public enum DType {
    /** IEEE binary32. */
    F32(4),
    /** The upper half of binary32: 8 bits of exponent, 7 of mantissa. */
    BF16(2),
    /** IEEE binary16. */
    F16(2),
    /** OCP 8-bit float with 4 bits of exponent, 3 of mantissa, no infinity; storage only. */
    F8_E4M3(1),
    /** Signed 32-bit integer: ids and indices. */
    I32(4),
    /** Unsigned byte: pixels. */
    U8(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Whether models may compute on this type. */
    public boolean isCompute() {
        return this == F32 || this == BF16;
    }
}
