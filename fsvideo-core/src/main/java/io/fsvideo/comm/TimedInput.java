package io.fsvideo.comm;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** What a socket receives until a moment that does not move, however slowly single bytes come. */
final class TimedInput extends InputStream {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Socket socket;
    private final InputStream in;
    private final long deadline;

    /** @param deadline as {@link System#nanoTime} */
    TimedInput(Socket socket, long deadline) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.deadline = deadline;
    }

    /** The milliseconds that are left, for {@link Socket#setSoTimeout}. @throws SocketTimeoutException when none are */
    static int left(long deadline) throws SocketTimeoutException {
        long left = (deadline - System.nanoTime()) / NANOS_PER_MILLI;
        if (left < 1) {
            throw new SocketTimeoutException("time is over");
        }
        return (int) Math.min(Integer.MAX_VALUE, left);
    }

    @Override
    public int read() throws IOException {
        socket.setSoTimeout(left(deadline));
        return in.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        socket.setSoTimeout(left(deadline));
        return in.read(target, offset, length);
    }
}
