package io.fsvideo.kernels;

/** What a launcher knows of the memory that kernels are given; {@link LaunchContract} compares sizes with it. */
@FunctionalInterface
public interface MemoryRanges {
    /** Knows nothing: sizes of buffers are not checked. */
    MemoryRanges UNKNOWN = address -> -1;

    /** Bytes from the address to the end of its allocation; negative when unknown. Called once per pointer of a launch. */
    long bytesAt(long address);
}
