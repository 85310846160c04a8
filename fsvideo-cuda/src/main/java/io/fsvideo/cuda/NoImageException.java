package io.fsvideo.cuda;

/** A kernel's image has no code for the device's architecture. */
public final class NoImageException extends CudaException {
    private static final long serialVersionUID = 1L;

    /**
     * @param call the call that found it
     * @param code the code it returned
     * @param meaning what was needed, what the device is and what to do
     */
    public NoImageException(String call, int code, String meaning) {
        super(call, code, meaning);
    }
}
