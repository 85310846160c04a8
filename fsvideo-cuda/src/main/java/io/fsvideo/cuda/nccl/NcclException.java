package io.fsvideo.cuda.nccl;

import io.fsvideo.tensor.BackendException;

/** NCCL refused or failed a call. */
public final class NcclException extends BackendException {
    private static final long serialVersionUID = 1L;

    private final int code;

    NcclException(String call, int code, String meaning) {
        super(call + ": returned " + code + " (" + meaning + "); NCCL_DEBUG=INFO shows more");
        this.code = code;
    }

    /** NCCL's code. */
    public int code() {
        return code;
    }
}
