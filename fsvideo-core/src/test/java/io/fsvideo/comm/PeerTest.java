package io.fsvideo.comm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PeerTest {
    private static final int ABORT = 2;
    private static final long LONG = Duration.ofMinutes(1).toNanos();

    /** Data that meets a closed connection resets it, and a reset takes back what the other side has not read yet. */
    @Test
    void lastWordsSurviveDataThatIsStillOnItsWay() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket other = new Socket(server.getInetAddress(), server.getLocalPort())) {
            Peer peer = new Peer(1, server.accept(), (rank, reason, cause) -> {});
            peer.start();
            peer.sendAbort(1, "rank 1 is late");
            Thread ending = Peer.daemon("ends", () -> {
                try {
                    peer.end(System.nanoTime() + LONG);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                peer.cut();
            });
            ending.start();

            // The first write would reset a closed connection, the second would fail.
            DataOutputStream out = new DataOutputStream(other.getOutputStream());
            for (int i = 0; i < 2; i++) {
                send(out, "first", ByteBuffer.wrap(new byte[] {1, 2, 3}));
                Thread.sleep(50);
            }
            DataInputStream in = new DataInputStream(other.getInputStream());
            assertEquals(ABORT, in.readByte());
            assertEquals(1, in.readInt());
            assertEquals("rank 1 is late", in.readUTF());
            assertEquals(-1, in.read(), "what this process sends has ended");

            other.close();
            ending.join(LONG / 1_000_000);
            assertFalse(ending.isAlive(), "the connection's end ends the wait");
        }
    }

    private static void send(DataOutputStream out, String what, ByteBuffer bytes) throws Exception {
        out.writeByte(1);
        out.writeUTF(what);
        out.writeInt(bytes.remaining());
        out.write(bytes.array());
        out.flush();
    }
}
