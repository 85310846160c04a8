package io.fsvideo.weights;

/** How a checkpoint's bytes reach memory. */
public enum ReadMode {
    /** Through memory-mapped windows: no copy on the way; the file must not shrink while it is open. */
    MAPPED,
    /** By positional reads through one small buffer: for network file systems and for files that may change. */
    PLAIN
}
