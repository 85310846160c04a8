package io.fsvideo.cuda;

import io.fsvideo.tensor.BackendException;

/** A CUDA library refused or failed a call; the message has the call, what it was given and the code with its name. */
public class CudaException extends BackendException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /**
     * @param call the library's function, and what it was about
     * @param code the code it returned
     * @param meaning the code's name and explanation
     */
    public CudaException(String call, int code, String meaning) {
        super(call + ": returned " + code + " (" + meaning + ")");
        this.code = code;
    }

    /** The code the library returned. */
    public final int code() {
        return code;
    }
}
