package io.fsvideo.cuda;

import java.util.function.IntSupplier;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * The codes that the driver's functions return. JCuda throws or returns them, as a switch of the whole process says that belongs to the
 * application: both are understood here.
 */
final class DriverCalls {
    static final int SUCCESS = 0;
    static final int OUT_OF_MEMORY = 2;

    private static final int HIGHEST_CODE = 999;

    private boolean lost;

    /** Whether a call found the device's context lost; nothing can be freed in it any more. */
    boolean lost() {
        return lost;
    }

    /** @throws CudaException unless the call returns success */
    void check(String name, IntSupplier call) {
        require(name, code(call));
    }

    /** Checks a call that gives something back: there is nothing to give back to a lost context. */
    void release(String name, IntSupplier call) {
        if (!lost) {
            check(name, call);
        }
    }

    /** @throws CudaException unless {@code code} is success */
    void require(String name, int code) {
        if (code == SUCCESS) {
            return;
        }
        if (losesContext(code)) {
            lost = true;
            throw new DeviceLostException(name, code, meaning(code));
        }
        throw new CudaException(name, code, meaning(code));
    }

    /** What the call returns, also where JCuda throws it. */
    static int code(IntSupplier call) {
        try {
            return call.getAsInt();
        } catch (jcuda.CudaException e) {
            return code(e);
        }
    }

    /** JCuda's exceptions carry the code's name only. */
    static int code(jcuda.CudaException e) {
        for (int code = 1; code <= HIGHEST_CODE; code++) {
            if (CUresult.stringFor(code).equals(e.getMessage())) {
                return code;
            }
        }
        return HIGHEST_CODE;
    }

    /** Name and explanation of a code. */
    static String meaning(int code) {
        String[] name = new String[1];
        String[] text = new String[1];
        int known = code(() -> JCudaDriver.cuGetErrorName(code, name));
        int explained = code(() -> JCudaDriver.cuGetErrorString(code, text));
        return (known == SUCCESS ? name[0] : "unknown code") + (explained == SUCCESS ? ", " + text[0] : "");
    }

    /** Codes after which, by the driver's documentation, the process must make a new context. */
    private static boolean losesContext(int code) {
        return switch (code) {
            case 46, // DEVICE_UNAVAILABLE
                    214, // ECC_UNCORRECTABLE
                    220, // NVLINK_UNCORRECTABLE
                    700, // ILLEGAL_ADDRESS
                    702, // LAUNCH_TIMEOUT
                    709, // CONTEXT_IS_DESTROYED
                    710, // ASSERT
                    714, // HARDWARE_STACK_ERROR
                    715, // ILLEGAL_INSTRUCTION
                    716, // MISALIGNED_ADDRESS
                    717, // INVALID_ADDRESS_SPACE
                    718, // INVALID_PC
                    719, // LAUNCH_FAILED
                    999 // UNKNOWN
            -> true;
            default -> false;
        };
    }
}
