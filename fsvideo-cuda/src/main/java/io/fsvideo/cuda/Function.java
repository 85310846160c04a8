package io.fsvideo.cuda;

import java.nio.ByteBuffer;

/**
 * A kernel entry loaded on a device, with one block of native memory for its parameters that every launch reuses: the driver copies the
 * values when a launch is queued.
 */
interface Function {
    /** Name of the entry. */
    String entry();

    /** Where each parameter's value lies in {@link #values}. */
    ParameterLayout layout();

    /** The parameter block, direct, in native byte order, 128-byte aligned. */
    ByteBuffer values();
}
