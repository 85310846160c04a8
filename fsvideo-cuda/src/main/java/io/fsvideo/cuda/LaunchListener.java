package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;
import java.nio.ByteBuffer;

/** Told of every launch before it is queued; for tests and traces. */
@FunctionalInterface
interface LaunchListener {
    /** Hears nothing. */
    LaunchListener NONE = (kernel, image, function, grid, block, sharedBytes) -> {};

    /**
     * @param kernel name of the source file
     * @param function the entry, whose {@link Function#values} hold the arguments
     * @param grid blocks in x, y and z
     */
    void launching(String kernel, KernelImage image, Function function, int[] grid, int block, int sharedBytes);

    /** Value of parameter {@code index} as an address or a whole number. */
    static long integer(Function function, int index) {
        ByteBuffer values = function.values();
        int offset = function.layout().offset(index);
        return function.layout().parameter(index).bytes() == Integer.BYTES
                ? values.getInt(offset)
                : values.getLong(offset);
    }
}
