package io.fsvideo.tensor;

/** How a CUDA backend queues work that is repeated. The results are the same. */
public enum LaunchMode {
    /** Recorded once as a CUDA graph and launched as a whole. */
    GRAPH,
    /** Kernel by kernel each time. */
    EAGER
}
