package io.fsvideo.comm;

import io.fsvideo.tensor.CommException;
import java.time.Duration;

/** The messages of a group's failures; each names the rank that ended it. */
final class RankErrors {
    private RankErrors() {}

    static CommException failed(int failed, int size, Throwable cause) {
        return failed(failed, size, reason(cause), cause);
    }

    static CommException failed(int failed, int size, String reason, Throwable cause) {
        return new CommException(failed, "comm: rank " + failed + " of " + size + " ended the group: " + reason, cause);
    }

    /** Whom {@code cause} names, else the rank that met it. */
    static int failedRank(int rank, Throwable cause) {
        return cause instanceof CommException comm ? comm.failedRank() : rank;
    }

    static String reason(Throwable cause) {
        return cause instanceof CommException ? cause.getMessage() : cause.toString();
    }

    static CommException late(int rank, String what, int missing, int size, Duration timeout) {
        return new CommException(
                missing,
                "comm: rank " + missing + " of " + size + " must join " + what + " within "
                        + timeout.toMillis() / 1000.0 + " s of rank " + rank + ", but did not",
                null);
    }

    static CommException mismatch(int rank, String what, int other, int size, String theirs) {
        return new CommException(
                other,
                "comm: rank " + other + " of " + size + " must do what rank " + rank + " does (" + what + "), got "
                        + theirs,
                null);
    }

    static CommException interrupted(int rank, String what, int size) {
        return new CommException(rank, "comm: rank " + rank + " of " + size + " was interrupted in " + what, null);
    }
}
