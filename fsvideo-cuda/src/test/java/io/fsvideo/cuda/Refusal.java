package io.fsvideo.cuda;

/** Refuses one of the things that take memory of the device or the driver, by its number; none unless told to. One thread at a time. */
final class Refusal {
    private static final int OUT_OF_MEMORY = 2;
    private static final long NEVER = Long.MAX_VALUE / 2;

    private long left = NEVER;
    private boolean again;

    /** Refuses the {@code n}-th from now on, and only that. */
    void refuse(long n) {
        left = n;
        again = false;
    }

    void refuseNothing() {
        refuse(NEVER);
    }

    /** How many have been asked for since {@link #refuseNothing}. */
    long count() {
        return NEVER - left;
    }

    /** Memory of the device is asked for a second time when the pool has been trimmed: the same allocation, refused again. */
    boolean refusesMemory() {
        if (again) {
            again = false;
            return true;
        }
        again = --left == 0;
        return again;
    }

    /** @throws CudaException when {@code what} is the one refused */
    void require(String what) {
        if (--left == 0) {
            throw new CudaException(
                    "emulator: " + what, OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY, as the test wants it");
        }
    }
}
