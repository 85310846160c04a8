package io.fsvideo.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Things opened one after another and closed together in reverse order; one that fails to close does not keep the others open.
 *
 * @since 0.1
 */
public final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Closes {@code resource} too, before those added earlier. */
    public <C extends AutoCloseable> C add(C resource) {
        opened.push(resource);
        return resource;
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                RuntimeException next = e instanceof RuntimeException r ? r : new IllegalStateException(e);
                if (failure == null) {
                    failure = next;
                } else {
                    failure.addSuppressed(next);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
