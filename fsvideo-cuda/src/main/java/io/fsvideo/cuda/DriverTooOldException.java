package io.fsvideo.cuda;

/** The installed driver is older than this build needs; the message has both versions. */
public final class DriverTooOldException extends CudaException {
    private static final long serialVersionUID = 1L;

    /**
     * @param call the call that found it
     * @param code the code it returned
     * @param meaning what was needed, what was found and what to do
     */
    public DriverTooOldException(String call, int code, String meaning) {
        super(call, code, meaning);
    }
}
