package io.fsvideo.comm;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The connection to another process of a group. One thread reads, so that a closed connection is seen at once; another shows every few
 * seconds that this process lives, so that a machine that fell silent is seen too.
 */
final class Peer implements AutoCloseable {
    private static final Duration BEAT = Duration.ofSeconds(2);
    private static final Duration SILENCE = Duration.ofSeconds(20);
    /** Messages read ahead of the collectives that want them; more wait in the network. */
    private static final int AHEAD = 4;

    private static final int DATA = 1;
    private static final int ABORT = 2;
    private static final int BEATING = 3;
    private static final int LEAVING = 4;
    private static final int REACHED = 5;

    /** A block of a collective. */
    record Message(String what, ByteBuffer bytes) {}

    /** Told, from the reading thread, how another rank ended the group. */
    interface Listener {
        void ended(int rank, String reason, Throwable cause);
    }

    private final int rank;
    private final Socket socket;
    private final Listener listener;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final byte[] block = new byte[1 << 16];
    private final BlockingQueue<Message> messages = new ArrayBlockingQueue<>(AHEAD);
    private volatile long reached;
    private volatile boolean left;
    private volatile boolean closed;
    private Thread reader;

    Peer(int rank, Socket socket, Listener listener) throws IOException {
        this.rank = rank;
        this.socket = socket;
        this.listener = listener;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) SILENCE.toMillis());
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), block.length));
    }

    void start() {
        reader = daemon("reads rank " + rank, this::read);
        reader.start();
        daemon("beats for rank " + rank, this::beat).start();
    }

    static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, "fsvideo " + name);
        thread.setDaemon(true);
        return thread;
    }

    /** Sends the rest of {@code bytes}. */
    void send(String what, ByteBuffer bytes) {
        try {
            synchronized (out) {
                out.writeByte(DATA);
                out.writeUTF(what);
                out.writeInt(bytes.remaining());
                while (bytes.hasRemaining()) {
                    int count = Math.min(block.length, bytes.remaining());
                    bytes.get(block, 0, count);
                    out.write(block, 0, count);
                }
                out.flush();
            }
        } catch (IOException e) {
            lost(e);
        }
    }

    /** The next message, or null when none came within {@code wait}. */
    Message poll(Duration wait) throws InterruptedException {
        return messages.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether the other process has closed its side in good order and every message of it was taken. */
    boolean hasLeft() {
        return left && messages.isEmpty();
    }

    /** See {@link io.fsvideo.tensor.RankChannel#report}. */
    void sendReached(long count) {
        try {
            synchronized (out) {
                out.writeByte(REACHED);
                out.writeLong(count);
                out.flush();
            }
        } catch (IOException e) {
            lost(e);
        }
    }

    /** What the other process sent so last. */
    long reached() {
        return reached;
    }

    /** Tells the other process who ended the group and why; does nothing when it cannot be reached. */
    void sendAbort(int failedRank, String reason) {
        try {
            synchronized (out) {
                out.writeByte(ABORT);
                out.writeInt(failedRank);
                out.writeUTF(reason.substring(0, Math.min(reason.length(), 2000)));
                out.flush();
            }
        } catch (IOException unreachable) {
            // It will see the connection end.
        }
    }

    /**
     * Ends what this process sends, and reads on until the other side has ended, too, or {@code deadline} is over. A connection that is closed with
     * unread data would take back what was sent last.
     *
     * @param deadline as {@link System#nanoTime}
     */
    void end(long deadline) throws InterruptedException {
        try {
            synchronized (out) {
                closed = true;
                socket.shutdownOutput();
            }
        } catch (IOException alreadyBroken) {
            // Nothing is left to be read.
        }
        reader.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
    }

    private void read() {
        try {
            while (readFrame()) {
                // Until the other side leaves.
            }
        } catch (SocketTimeoutException e) {
            fail("nothing was heard of its process for " + SILENCE.toSeconds() + " s", e);
        } catch (IOException e) {
            lost(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean readFrame() throws IOException, InterruptedException {
        int type = in.readByte();
        switch (type) {
            case DATA -> {
                String what = in.readUTF();
                int count = in.readInt();
                if (count < 0 || count > HostComm.BLOCK_BYTES) {
                    throw new IOException(
                            "a message must have at most " + HostComm.BLOCK_BYTES + " bytes, got " + count);
                }
                byte[] bytes = new byte[count];
                in.readFully(bytes);
                messages.put(new Message(what, ByteBuffer.wrap(bytes)));
            }
            case ABORT -> listener.ended(in.readInt(), in.readUTF(), null);
            case BEATING -> {}
            case REACHED -> reached = in.readLong();
            case LEAVING -> left = true;
            default -> throw new IOException("a frame must be of a known type, got " + type);
        }
        return !left;
    }

    private void beat() {
        try {
            while (!closed && !left) {
                Thread.sleep(BEAT.toMillis());
                synchronized (out) {
                    out.writeByte(BEATING);
                    out.flush();
                }
            }
        } catch (IOException e) {
            lost(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lost(IOException cause) {
        fail(
                "the connection to its process at " + socket.getRemoteSocketAddress()
                        + " is lost; it has ended or was killed",
                cause);
    }

    private void fail(String reason, Throwable cause) {
        if (!closed && !left) {
            listener.ended(rank, reason, cause);
        }
    }

    /** Cuts the connection: whoever waits in it wakes up. */
    void cut() {
        closed = true;
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            // As wanted.
        }
    }

    /** Leaves in good order. */
    @Override
    public void close() {
        try {
            synchronized (out) {
                closed = true;
                out.writeByte(LEAVING);
                out.flush();
            }
        } catch (IOException alreadyLost) {
            // The other side has noticed for itself.
        }
        cut();
    }
}
