package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;

/**
 * What every operation needs.
 *
 * @param products dtype BF16 tensors are multiplied in: BF16 where the processor has it, F32 elsewhere
 */
record Context(WorkerPool workers, NativePool memory, Primitives primitives, PackedWeights packed, DType products) {
    /** What a product of these operands computes in. */
    DType kernel(DType x, DType weight) {
        return x == DType.BF16 && weight == DType.BF16 ? products : DType.F32;
    }

    /** What functions and norms of tensors of this dtype read and write: BF16 itself only where the processor has it. */
    DType elements(DType dtype) {
        return dtype == DType.BF16 ? products : dtype;
    }

    /** The thread that called the operation; for steps that are not worth splitting. */
    Worker caller() {
        return workers.workers().get(0);
    }
}
