package io.fsvideo.server;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;

/**
 * Reads the body of a request that is refused, and forgets it: a client that is cut off while it sends does not see why. What is longer
 * or slower than a limit is cut off all the same.
 */
final class UnreadBody implements Runnable {
    private final Content.Source body;
    private final long limit;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private long bytes;

    private UnreadBody(Content.Source body, long limit) {
        this.body = body;
        this.limit = limit;
    }

    /** Calls {@code then} once, when the body has ended or a limit was met. */
    static void discard(Content.Source body, long limit, Duration patience, Runnable then) {
        UnreadBody unread = new UnreadBody(body, limit);
        unread.done.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).whenComplete((nothing, late) -> then.run());
        unread.run();
    }

    @Override
    public void run() {
        while (!done.isDone()) {
            Content.Chunk chunk = body.read();
            if (chunk == null) {
                body.demand(this);
                return;
            }
            boolean isOver = Content.Chunk.isFailure(chunk) || chunk.isLast();
            bytes += chunk.remaining();
            chunk.release();
            if (isOver || bytes > limit) {
                done.complete(null);
            }
        }
    }
}
