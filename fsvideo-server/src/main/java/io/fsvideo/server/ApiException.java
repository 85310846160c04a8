package io.fsvideo.server;

/** A request that is answered with an error: its status, and a code for programs. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    ApiException(int status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    static ApiException notFound() {
        return new ApiException(404, "not_found", "there is nothing here; /openapi.json lists what is");
    }
}
