package io.fsvideo.comm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.RankChannel;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The connections between processes, here between threads: forming, exchanging, failing. */
class ProcessChannelTest {
    private static final ProcessOptions OPTIONS = new ProcessOptions("the same", Duration.ofMinutes(1));

    @TempDir
    Path folder;

    private static <T> List<Object> onRanks(int size, IntFunction<T> rank) {
        List<CompletableFuture<Object>> running = new ArrayList<>();
        for (int r = 0; r < size; r++) {
            int number = r;
            CompletableFuture<Object> future = new CompletableFuture<>();
            running.add(future);
            Peer.daemon("test rank " + r, () -> {
                        try {
                            future.complete(rank.apply(number));
                        } catch (RuntimeException | Error e) {
                            future.complete(e);
                        }
                    })
                    .start();
        }
        try {
            return running.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            throw new AssertionError(e);
        }
    }

    private RankChannel open(int rank, int size, ProcessOptions options) {
        RankPlace place = new RankPlace(rank, size, rank);
        return ProcessChannel.open(place, Rendezvous.in(folder.resolve("r"), "127.0.0.1"), options);
    }

    private static ByteBuffer[] filled(int size, int value) {
        return IntStream.range(0, size)
                .mapToObj(p -> ByteBuffer.wrap(new byte[] {(byte) value, (byte) p}))
                .toArray(ByteBuffer[]::new);
    }

    private static byte[][] exchange(RankChannel channel, String what) {
        int size = channel.size();
        ByteBuffer[] in = filled(size, -1);
        channel.exchange(what, filled(size, channel.rank()), in);
        byte[][] received = new byte[size][];
        for (int p = 0; p < size; p++) {
            received[p] = in[p].array();
        }
        return received;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void everyPairExchanges(int size) {
        List<Object> results = onRanks(size, rank -> {
            try (RankChannel channel = open(rank, size, OPTIONS)) {
                exchange(channel, "first");
                return exchange(channel, "second");
            }
        });
        for (int rank = 0; rank < size; rank++) {
            byte[][] received = assertInstanceOf(byte[][].class, results.get(rank));
            for (int p = 0; p < size; p++) {
                if (p != rank) {
                    assertArrayEquals(new byte[] {(byte) p, (byte) rank}, received[p]);
                }
            }
        }
        assertFalse(Files.exists(folder.resolve("r")));
    }

    @Test
    void anAddressServesToo() throws IOException {
        int port = freePort();
        Rendezvous rendezvous = Rendezvous.at("127.0.0.1", port, "secret");
        List<Object> results = onRanks(2, rank -> {
            try (RankChannel channel = ProcessChannel.open(new RankPlace(rank, 2, 0), rendezvous, OPTIONS)) {
                return exchange(channel, "what")[1 - rank][0];
            }
        });
        assertEquals(List.of((byte) 1, (byte) 0), results);
    }

    @Test
    void differentModelsAreRefusedEverywhere() {
        List<Object> results = onRanks(
                3, rank -> open(rank, 3, new ProcessOptions(rank == 2 ? "model b" : "model a", Duration.ofMinutes(1))));
        for (Object result : results) {
            CommException refused = assertInstanceOf(CommException.class, result);
            assertEquals(2, refused.failedRank());
            assertEquals(
                    "comm: rank 2 of 3 ended the group: it must run the same as rank 0 (model a), got model b",
                    refused.getMessage());
        }
    }

    @Test
    void aMissingRankIsNamed() {
        ProcessOptions hurried = new ProcessOptions("the same", Duration.ofSeconds(3));
        for (Object result : onRanks(2, rank -> open(rank, 3, hurried))) {
            CommException late = assertInstanceOf(CommException.class, result);
            assertEquals(2, late.failedRank());
            assertTrue(late.getMessage().contains("ranks 2 of 3 must join within 3.0 s"), late.getMessage());
        }
        assertFalse(Files.exists(folder.resolve("r")));
    }

    @Test
    void strangersAreTurnedAway() throws IOException {
        int port = freePort();
        List<Object> results = onRanks(2, rank -> {
            if (rank == 1) {
                knock(port, new byte[] {'G', 'E', 'T', ' ', '/', '\r', '\n', '\r', '\n'});
                assertThrows(
                        CommException.class,
                        () -> ProcessChannel.open(
                                new RankPlace(1, 2, 0), Rendezvous.at("127.0.0.1", port, "wrong"), OPTIONS));
            }
            Rendezvous rendezvous = Rendezvous.at("127.0.0.1", port, "right");
            try (RankChannel channel = ProcessChannel.open(new RankPlace(rank, 2, 0), rendezvous, OPTIONS)) {
                return exchange(channel, "what")[1 - rank][0];
            }
        });
        assertEquals(List.of((byte) 1, (byte) 0), results);
    }

    private static final int MAGIC = 0x46535652;

    private static byte[] hello(String token, int rank, int size) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(MAGIC);
            out.writeInt(3);
            out.writeUTF(token);
            out.writeInt(rank);
            out.writeInt(size);
            out.writeUTF("the same");
            out.writeInt(1);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Says {@code words} to whoever listens at {@code port} and keeps the connection. */
    private static Socket say(int port, byte[] words) {
        while (true) {
            try {
                Socket socket = new Socket("127.0.0.1", port);
                socket.getOutputStream().write(words);
                return socket;
            } catch (IOException notYetListening) {
                Thread.onSpinWait();
            }
        }
    }

    private static String answer(Socket socket) throws IOException {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertFalse(in.readBoolean(), "a welcome");
            in.readInt();
            return in.readUTF();
        }
    }

    /** Before each caller had a thread, every silent one kept the others waiting for five seconds. */
    @Test
    void callersThatAreSilentSlowOrWrongKeepNobodyWaitingAndTakeNoPlace() throws IOException {
        int port = freePort();
        Rendezvous rendezvous = Rendezvous.at("127.0.0.1", port, "right");
        List<Socket> held = new ArrayList<>();
        List<Object> results = onRanks(2, rank -> {
            if (rank == 1) {
                for (int i = 0; i < 30; i++) {
                    held.add(say(port, new byte[0]));
                    held.add(say(
                            port,
                            ByteBuffer.allocate(10)
                                    .putInt(MAGIC)
                                    .putInt(3)
                                    .putShort((short) -1)
                                    .array()));
                    held.add(say(port, hello("other", 1, 2)));
                    held.add(say(port, hello("wrong length", 1, 2)));
                }
                try {
                    for (int wrong : new int[] {-1, 0, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                        assertTrue(answer(say(port, hello("right", wrong, 2))).contains("came as rank " + wrong));
                    }
                    assertTrue(answer(say(port, hello("right", 1, 3))).contains("a group of 3 ranks, not 2"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            try (RankChannel channel = ProcessChannel.open(new RankPlace(rank, 2, 0), rendezvous, OPTIONS)) {
                return exchange(channel, "what")[1 - rank][0];
            }
        });
        assertEquals(List.of((byte) 1, (byte) 0), results);
        for (Socket socket : held) {
            socket.close();
        }
    }

    @Test
    void moreSilentCallersThanAreHeardMakeRoomForRanks() throws IOException {
        int port = freePort();
        Rendezvous rendezvous = Rendezvous.at("127.0.0.1", port, "right");
        List<Socket> held = new ArrayList<>();
        List<Object> results = onRanks(2, rank -> {
            for (int i = 0; rank == 1 && i < 600; i++) {
                held.add(say(port, new byte[0]));
            }
            try (RankChannel channel = ProcessChannel.open(new RankPlace(rank, 2, 0), rendezvous, OPTIONS)) {
                return exchange(channel, "what")[1 - rank][0];
            }
        });
        assertEquals(List.of((byte) 1, (byte) 0), results);
        for (Socket socket : held) {
            socket.close();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = Rendezvous.serve("127.0.0.1", 0)) {
            return free.getLocalPort();
        }
    }

    @Test
    void aHelloInDropsEndsAtAMomentThatDoesNotMove() throws Exception {
        try (ServerSocket server = Rendezvous.serve("127.0.0.1", 0);
                Socket caller = new Socket("127.0.0.1", server.getLocalPort());
                Socket socket = server.accept()) {
            caller.getOutputStream().write(1);
            TimedInput in = new TimedInput(
                    socket, System.nanoTime() + Duration.ofMillis(200).toNanos());
            assertEquals(1, in.read());
            assertThrows(SocketTimeoutException.class, () -> {
                for (int i = 0; i < 1_000_000; i++) {
                    caller.getOutputStream().write(1);
                    in.read();
                }
            });
        }
    }

    private static void knock(int port, byte[] words) {
        while (true) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                socket.getOutputStream().write(words);
                assertEquals(-1, socket.getInputStream().read());
                return;
            } catch (IOException notYetListening) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void anAbortReachesEveryRankWithItsReason() {
        List<Object> results = onRanks(3, rank -> {
            try (RankChannel channel = open(rank, 3, OPTIONS)) {
                exchange(channel, "first");
                if (rank == 1) {
                    channel.abort(new IllegalStateException("planted"));
                }
                return exchange(channel, "second");
            }
        });
        for (Object result : results) {
            CommException ended = assertInstanceOf(CommException.class, result);
            assertEquals(1, ended.failedRank());
            assertEquals(
                    "comm: rank 1 of 3 ended the group: java.lang.IllegalStateException: planted", ended.getMessage());
        }
    }

    @Test
    void leavingEarlyIsNamed() {
        List<Object> results = onRanks(2, rank -> {
            try (RankChannel channel = open(rank, 2, OPTIONS)) {
                exchange(channel, "first");
                return rank == 1 ? "left" : exchange(channel, "second");
            }
        });
        CommException ended = assertInstanceOf(CommException.class, results.get(0));
        assertEquals(1, ended.failedRank());
        assertEquals("left", results.get(1));
    }

    @Test
    void differentOperationsAreNamed() {
        List<Object> results = onRanks(2, rank -> {
            try (RankChannel channel = open(rank, 2, OPTIONS)) {
                return exchange(channel, "operation " + rank);
            }
        });
        for (Object result : results) {
            String message = assertInstanceOf(CommException.class, result).getMessage();
            assertTrue(message.contains("operation 0") && message.contains("operation 1"), message);
        }
    }

    @Test
    void aLateRankIsNamed() {
        ProcessOptions hurried = new ProcessOptions("the same", Duration.ofSeconds(3));
        CompletableFuture<Void> over = new CompletableFuture<>();
        List<Object> results = onRanks(2, rank -> {
            RankChannel channel = open(rank, 2, hurried);
            try (channel) {
                if (rank == 1) {
                    over.join();
                }
                exchange(channel, "first");
                return exchange(channel, "second");
            } finally {
                over.complete(null);
            }
        });
        for (Object result : results) {
            CommException late = assertInstanceOf(CommException.class, result);
            assertEquals(1, late.failedRank());
            assertTrue(late.getMessage().contains("rank 1 of 2 must join first within 3.0 s"), late.getMessage());
        }
    }
}
