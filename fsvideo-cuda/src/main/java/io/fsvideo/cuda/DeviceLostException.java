package io.fsvideo.cuda;

/** The device's context can no longer be used: a kernel failed or the device went away. Close the backend and open it again. */
public final class DeviceLostException extends CudaException {
    private static final long serialVersionUID = 1L;

    /**
     * @param call the call that found it
     * @param code the code it returned
     * @param meaning the code's name and explanation
     */
    public DeviceLostException(String call, int code, String meaning) {
        super(call, code, meaning + "; the device's context is lost: close the backend and open it again");
    }
}
