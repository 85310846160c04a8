package io.fsvideo.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The clients that watch one clip by Server-Sent Events. One write per client is under way at a time, and what comes meanwhile replaces
 * what waits: a slow client costs one event, a stuck one is dropped by the connection's idle timeout.
 */
final class EventStreams {
    private final List<Stream> streams = new ArrayList<>();
    private byte[] last;

    /** Adds a client and sends it the first event, or all there will ever be when the clip has ended. */
    void add(Response response, Callback callback, String event, ObjectNode data) {
        Stream stream = new Stream(response, callback);
        boolean isOver;
        synchronized (this) {
            isOver = last != null;
            if (!isOver) {
                streams.add(stream);
            }
        }
        stream.offer(isOver ? last : encode(event, data), isOver);
    }

    void send(String event, ObjectNode data) {
        each(encode(event, data), false);
    }

    /** Sends the last event there is and ends the streams. */
    void end(String event, ObjectNode data) {
        byte[] bytes = encode(event, data);
        synchronized (this) {
            if (last == null) {
                last = bytes;
            }
        }
        each(bytes, true);
    }

    /** A comment, which clients ignore and which finds those that are gone. */
    void heartbeat() {
        each(": alive\n\n".getBytes(StandardCharsets.US_ASCII), false);
    }

    synchronized int count() {
        return streams.size();
    }

    private void each(byte[] bytes, boolean isLast) {
        List<Stream> now;
        synchronized (this) {
            now = new ArrayList<>(streams);
        }
        now.forEach(stream -> stream.offer(bytes, isLast));
    }

    private static byte[] encode(String event, ObjectNode data) {
        // JSON has no raw line breaks, so one line of data holds it.
        String text = "event: " + event + "\ndata: " + new String(Json.bytes(data), StandardCharsets.UTF_8) + "\n\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private synchronized void drop(Stream stream) {
        streams.remove(stream);
    }

    /** One client. */
    private final class Stream implements Callback {
        private final Response response;
        private final Callback callback;
        private byte[] waiting;
        private boolean waitingIsLast;
        private boolean isWriting;
        private boolean isEnding;

        Stream(Response response, Callback callback) {
            this.response = response;
            this.callback = callback;
        }

        void offer(byte[] bytes, boolean isLast) {
            synchronized (this) {
                if (isEnding || waitingIsLast) {
                    return;
                }
                // A heartbeat has nothing to say that a waiting event does not.
                if (isWriting && waiting != null && bytes[0] == ':') {
                    return;
                }
                waiting = bytes;
                waitingIsLast = isLast;
            }
            write();
        }

        private void write() {
            byte[] bytes;
            boolean isLast;
            synchronized (this) {
                if (isWriting || waiting == null) {
                    return;
                }
                isWriting = true;
                bytes = waiting;
                isLast = waitingIsLast;
                isEnding = isLast;
                waiting = null;
            }
            response.write(isLast, ByteBuffer.wrap(bytes), this);
        }

        @Override
        public void succeeded() {
            boolean isOver;
            synchronized (this) {
                isWriting = false;
                isOver = isEnding;
            }
            if (isOver) {
                drop(this);
                callback.succeeded();
            } else {
                write();
            }
        }

        @Override
        public void failed(Throwable failure) {
            drop(this);
            callback.failed(failure);
        }
    }
}
