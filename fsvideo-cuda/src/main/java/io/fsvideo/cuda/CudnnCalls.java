package io.fsvideo.cuda;

import java.util.function.IntSupplier;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnStatus;

/**
 * The codes that cuDNN's functions return. JCudnn knows those of cuDNN 8 only, and throws or returns them as the application wants; here
 * cuDNN 9's numbers are told apart too, and their names come from the library that is loaded.
 */
final class CudnnCalls {
    private static final int SUCCESS = cudnnStatus.CUDNN_STATUS_SUCCESS;
    private static final int UNKNOWN = -1;

    private CudnnCalls() {}

    /** @throws CudaException unless the call returns success */
    static void check(String name, IntSupplier call) {
        int code = code(call);
        if (code != SUCCESS) {
            throw new CudaException(name, code, meaning(code));
        }
    }

    /** What the call returns, also where JCudnn throws it. */
    static int code(IntSupplier call) {
        try {
            return call.getAsInt();
        } catch (jcuda.CudaException e) {
            return code(e.getMessage());
        }
    }

    /** JCudnn's exceptions carry the code's name, for one it does not know a text that ends with the number. */
    static int code(String text) {
        for (int code = SUCCESS + 1; code <= cudnnStatus.CUDNN_STATUS_VERSION_MISMATCH; code++) {
            if (cudnnStatus.stringFor(code).equals(text)) {
                return code;
            }
        }
        String digits = text == null ? "" : text.replaceFirst("(?s).*?(\\d{1,9})$", "$1");
        return digits.matches("\\d+") ? Integer.parseInt(digits) : UNKNOWN;
    }

    private static String meaning(int code) {
        return code == UNKNOWN ? "unknown code" : JCudnn.cudnnGetErrorString(code);
    }
}
