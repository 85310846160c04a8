package io.fsvideo.cuda;

import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/** What launchers demand of their arguments beyond the rules of {@code Arena}: a kernel given something else would not notice. */
final class Contract {
    /** Bytes that TMA, cp.async and 16-byte accesses align to. */
    static final int ALIGNMENT = 16;

    private Contract() {}

    /** The address of a tensor that must be there, aligned to {@link #ALIGNMENT}. */
    static long aligned(String op, String argument, Tensor tensor) {
        if (tensor == null) {
            throw new BackendException(op + ": " + argument + " must be a tensor, got null");
        }
        return aligned(op, argument, tensor.address());
    }

    /** The address of an optional F32 tensor of {@code count} elements, 0 for null. */
    static long bias(String op, Tensor bias, long count) {
        if (bias != null && (bias.dtype() != DType.F32 || bias.numel() != count)) {
            throw broken(op, "bias", count + " numbers of F32, or absent", bias);
        }
        return bias == null ? 0 : aligned(op, "bias", bias);
    }

    static long aligned(String op, String argument, long address) {
        if (address == 0 || address % ALIGNMENT != 0) {
            throw new BackendException(op + ": " + argument + " must lie at a multiple of " + ALIGNMENT
                    + " bytes, got address 0x" + Long.toHexString(address));
        }
        return address;
    }

    static void rule(boolean holds, String op, String argument, String rule, Object got) {
        if (!holds) {
            throw broken(op, argument, rule, got);
        }
    }

    /** The exception for a rule whose text takes work to write. */
    static ShapeException broken(String op, String argument, String rule, Object got) {
        return new ShapeException(op + ": " + argument + " must be " + rule + ", got " + got);
    }
}
