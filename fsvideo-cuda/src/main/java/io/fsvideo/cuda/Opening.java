package io.fsvideo.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/** What has been opened so far, so that it can be given back when the next thing cannot be opened. */
final class Opening {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** @param resource may be null, for nothing */
    <C extends AutoCloseable> C add(C resource) {
        if (resource != null) {
            opened.push(resource);
        }
        return resource;
    }

    /** Closes all of it, the last first; what fails in that is told with {@code reason}. */
    void giveBack(Throwable reason) {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                reason.addSuppressed(e);
            }
        }
    }

    /** What {@code next} makes; {@code held} is closed when that fails. */
    static <T> T orClose(AutoCloseable held, Supplier<T> next) {
        try {
            return next.get();
        } catch (RuntimeException | Error e) {
            Opening opening = new Opening();
            opening.add(held);
            opening.giveBack(e);
            throw e;
        }
    }
}
