package io.fsvideo.server;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;

/** Closes connections on which the head of a request began to arrive and does not end, however steadily it drips. */
final class SlowRequests implements Connection.Listener {
    private final Map<Connection, Head> heads = new ConcurrentHashMap<>();
    private final long patience;

    /** What was seen of a connection when it last had no request in hand. */
    private record Head(long messages, long bytes, long since) {}

    SlowRequests(Duration patience) {
        this.patience = patience.toNanos();
    }

    @Override
    public void onOpened(Connection connection) {
        heads.put(connection, new Head(0, 0, System.nanoTime()));
    }

    @Override
    public void onClosed(Connection connection) {
        heads.remove(connection);
    }

    /** Looks at all connections; to be called every second or so. */
    void sweep() {
        long now = System.nanoTime();
        heads.forEach((connection, head) -> {
            boolean inHand = connection.getMessagesIn() > connection.getMessagesOut();
            boolean isQuiet = connection.getBytesIn() == head.bytes;
            if (inHand || connection.getMessagesIn() != head.messages || isQuiet) {
                heads.replace(connection, head, new Head(connection.getMessagesIn(), connection.getBytesIn(), now));
            } else if (now - head.since > patience) {
                connection.getEndPoint().close();
            }
        });
    }
}
