package io.fsvideo.tensor;

/** Who is told which operation a CUDA backend is queueing; the results are the same. */
public enum OpRanges {
    /** Nobody, at no cost. */
    NONE,
    /** NVIDIA's NVTX, so that a profiler shows each operation with its shapes; work is then queued {@link LaunchMode#EAGER eagerly}. */
    NVTX
}
