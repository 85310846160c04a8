package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.SmallModel;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What someone would try who means the server ill. */
@Timeout(120)
class HostileTest {
    private static final byte[] PHOTO = Client.photo();
    private static final Map<String, String> SHORT = Map.of("steps", "1");

    @TempDir
    Path temp;

    private Path folder;
    private ServedModel served;
    private Client client;

    @BeforeEach
    void start() throws IOException {
        folder = Files.createDirectory(temp.resolve("clips"));
        Files.writeString(temp.resolve("secret"), "the secret");
        served = new ServedModel(
                ServedModel.options(folder, null, 1L << 30, Duration.ofDays(1), Duration.ofSeconds(2)), 8);
        client = served.client;
    }

    @AfterEach
    void stop() {
        served.close();
    }

    private String raw(String target) throws IOException {
        return Raw.ask(
                served.server.address(), "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    @Test
    void noPathOfAClientReachesTheDisk() throws Exception {
        String id = client.create(SHORT, PHOTO).json().get("id").asText();
        client.ended(id);
        for (String target : List.of(
                "/../secret",
                "/v1/videos/../../secret",
                "/v1/videos/..%2f..%2fsecret/content",
                "/v1/videos/%2e%2e/content",
                "/v1/videos/..%5c..%5csecret/content",
                "/v1/videos/" + id + "%2f..%2f..%2fsecret/content",
                "/v1/videos/" + id + "/content/../../../../secret",
                "/v1/videos/" + id + "/content?variant=../../secret",
                "/v1/videos/" + id + "/content?variant=facts.json",
                "/v1/videos/.lock/content",
                "/v1/videos/" + id + "%00/content",
                "/page/../secret",
                "//secret",
                "/v1/models/..%2f..%2fsecret",
                "/" + temp.resolve("secret"))) {
            String answer = raw(target);
            assertTrue(answer.matches("(?s)HTTP/1.1 4\\d\\d .*"), target + ": " + answer);
            assertFalse(answer.contains("the secret"), target);
        }
    }

    @Test
    void theNameOfAnUploadedFileIsNotLookedAt() throws Exception {
        String type = "multipart/form-data; boundary=----a-boundary";
        for (String name : List.of(
                "../../../secret", "/etc/passwd", "a.php", "<img src=x onerror=alert(1)>", "x\u0000y", "NUL.txt")) {
            Client.Answer created = client.post("/v1/videos", type, Client.multipart(SHORT, PHOTO, name));
            if (created.status() != 200) {
                assertEquals(400, created.status(), name);
                continue;
            }
            String id = created.json().get("id").asText();
            client.ended(id);
            assertFalse(client.get("/v1/videos/" + id).text().contains(name), name);
            try (Stream<Path> files = Files.list(folder.resolve(id))) {
                List<String> kept = files.map(file -> file.getFileName().toString())
                        .sorted()
                        .toList();
                assertEquals(List.of("facts.json", "photo.jpg", "video.gif", "video.mp4"), kept);
            }
        }
        assertEquals("the secret", Files.readString(temp.resolve("secret")));
    }

    @Test
    void markupInAPromptStaysText() throws Exception {
        String prompt = "</script><script>alert('x')</script>\" onload=\"x";
        Client.Answer created = client.create(Map.of("steps", "1", "prompt", prompt), PHOTO);
        assertEquals("application/json", created.header("content-type"));
        assertEquals(prompt, created.json().get("prompt").asText());
        String id = created.json().get("id").asText();
        String events = client.get("/v1/videos/" + id + "/events").text();
        assertTrue(events.endsWith("}\n\n"), events);
        String script = client.get("/page.js").text();
        for (String way :
                List.of("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")) {
            assertFalse(script.contains(way), way);
        }
        assertFalse(client.get("/").text().matches("(?s).*( on[a-z]+=|<script>|style=).*"), "inline code in the page");
    }

    @Test
    void linesInAPromptDoNotForgeEventsOrHeaders() throws Exception {
        String prompt = "one\r\nevent: done\r\ndata: {}\n\nSet-Cookie: x=y";
        String id = client.create(Map.of("steps", "1", "prompt", prompt), PHOTO)
                .json()
                .get("id")
                .asText();
        String events = client.get("/v1/videos/" + id + "/events").text();
        for (String line : events.lines().toList()) {
            assertTrue(line.matches("|event: (queued|progress|preview|done)|data: \\{.*\\}|: alive"), line);
        }
        Client.Answer file = client.get("/v1/videos/" + id + "/content?download=%0d%0aSet-Cookie:%20x=y");
        assertEquals(null, file.header("set-cookie"));
        String answer = raw("/?token=%0d%0aSet-Cookie:%20x=y");
        assertFalse(answer.contains("x=y"), answer);
    }

    /** A PNG of a few kilobytes whose picture would be larger than is allowed, truly compressed. */
    private static byte[] bomb(int width, int height) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeInt(width);
        fields.writeInt(height);
        fields.write(new byte[] {8, 0, 0, 0, 0});
        chunk(out, "IHDR", header.toByteArray());
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        Deflater best = new Deflater(9);
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(data, best)) {
            byte[] row = new byte[width + 1];
            for (int y = 0; y < height; y++) {
                deflated.write(row);
            }
        } finally {
            best.end();
        }
        chunk(out, "IDAT", data.toByteArray());
        chunk(out, "IEND", new byte[0]);
        return bytes.toByteArray();
    }

    private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
        CRC32 crc = new CRC32();
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        crc.update(name);
        crc.update(data);
        out.writeInt(data.length);
        out.write(name);
        out.write(data);
        out.writeInt((int) crc.getValue());
    }

    @Test
    void aPictureThatUnfoldsToMoreThanIsAllowedIsRefusedBeforeItDoes() throws Exception {
        byte[] bomb = bomb(8000, 8000);
        assertTrue(bomb.length < 200_000, bomb.length + " bytes");
        Client.Answer refused = client.create(SHORT, bomb);
        assertEquals(List.of(400, "invalid_image"), List.of(refused.status(), refused.code()));
        assertTrue(refused.text().contains("pixels"), refused.text());
        assertEquals(200, client.create(SHORT, bomb(1400, 1400)).status());
        try (Stream<Path> kept = Files.list(folder)) {
            assertTrue(kept.count() <= 2);
        }
    }

    /** As when memory runs out over a picture: the thread that reads the body is nobody's but the server's. */
    @Test
    void anErrorInTheMiddleOfARequestIsAnsweredAndLeavesNothing() throws Exception {
        OpenOptions broken = OpenOptions.defaults().withThreads(1).withExecutor(task -> {
            throw new StackOverflowError("as if");
        });
        Path own = Files.createDirectory(temp.resolve("own"));
        try (FsVideo model = FsVideo.open(SmallModel.directory(), broken);
                VideoServer server = VideoServer.start(model, ServedModel.options(own))) {
            Client asked = new Client(server.address());
            Client.Answer answer = asked.create(SHORT, PHOTO);
            assertEquals(List.of(500, "internal"), List.of(answer.status(), answer.code()));
            assertFalse(answer.text().contains("as if"), answer.text());
            assertEquals(0, asked.get("/v1/videos").json().get("data").size());
            try (Stream<Path> kept = Files.list(own)) {
                assertEquals(
                        List.of(".lock"),
                        kept.map(file -> file.getFileName().toString()).toList());
            }
        }
    }

    @Test
    void aCompressedBodyIsNotUnfolded() {
        Client.Answer refused = client.send(client.request("/v1/videos")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(new byte[] {0x1f, (byte) 0x8b, 8, 0})));
        assertEquals(400, refused.status());
    }

    @Test
    void aHeadThatDripsIsClosed() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sockets.add(Raw.open(served.server.address()));
        }
        int closed = 0;
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        for (int tick = 0; closed < sockets.size() && System.nanoTime() < end; tick++) {
            closed = 0;
            for (Socket socket : sockets) {
                try {
                    OutputStream out = socket.getOutputStream();
                    out.write(
                            tick == 0
                                    ? "GET / HTTP/1.1\r\nX-Drip: ".getBytes(StandardCharsets.US_ASCII)
                                    : new byte[] {'a'});
                    out.flush();
                } catch (IOException e) {
                    closed++;
                }
            }
            assertEquals(200, client.get("/health").status());
            Thread.sleep(200);
        }
        assertEquals(sockets.size(), closed, "connections that were closed");
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void aBodyThatDripsIsAnsweredWith408AndHoldsNoThread() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Socket socket = Raw.open(served.server.address());
            socket.getOutputStream()
                    .write(("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 1000\r\n\r\n{")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            sockets.add(socket);
        }
        Thread.sleep(300);
        Client.Answer busy = client.create(SHORT, PHOTO);
        assertEquals(List.of(429, "busy"), List.of(busy.status(), busy.code()));
        assertEquals(200, client.get("/v1/videos").status());
        for (Socket socket : sockets) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
            socket.close();
        }
        assertEquals(200, client.create(SHORT, PHOTO).status());
    }

    @Test
    void aBodyThatEndsEarlyOrIsLongerThanItSaysCostsNothing() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Socket socket = Raw.open(served.server.address())) {
                socket.getOutputStream()
                        .write(("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                        + "Content-Length: 1000\r\n\r\n{\"seed\"")
                                .getBytes(StandardCharsets.US_ASCII));
            }
        }
        String chunked = Raw.ask(
                served.server.address(),
                "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + "x".repeat(0x200000) + "\r\n0\r\n\r\n");
        assertTrue(chunked.startsWith("HTTP/1.1 413 "), chunked);
        String huge = Raw.ask(
                served.server.address(),
                "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
                        + "Content-Length: 99999999999\r\n\r\n");
        assertTrue(huge.startsWith("HTTP/1.1 413 "), huge);
        assertEquals(200, client.create(SHORT, PHOTO).status());
    }

    @Test
    void headsThatAreTooLongOrMalformedAreRefused() throws Exception {
        assertTrue(raw("/" + "a".repeat(20_000)).startsWith("HTTP/1.1 414 "));
        String answer = Raw.ask(
                served.server.address(),
                "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a".repeat(20_000) + "\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 431 "), answer);
        for (String bad : List.of(
                "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
            String refused = Raw.ask(served.server.address(), bad);
            assertTrue(refused.startsWith("HTTP/1.1 400 "), bad + refused);
        }
        assertEquals(200, client.get("/health").status());
    }

    @Test
    void watchersThatDoNotReadOrVanishCostNothing() throws Exception {
        String id =
                client.create(Map.of("steps", "500"), PHOTO).json().get("id").asText();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Socket socket = Raw.open(served.server.address());
            socket.getOutputStream()
                    .write(("GET /v1/videos/" + id + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            sockets.add(socket);
        }
        while (served.server.watchers() < 30) {
            Thread.sleep(20);
        }
        for (Socket socket : sockets.subList(0, 29)) {
            socket.close();
        }
        String other = client.create(SHORT, PHOTO).json().get("id").asText();
        assertEquals("completed", client.ended(other).get("status").asText(), "the work goes on");
        JsonNode first = client.ended(id);
        assertEquals("completed", first.get("status").asText());
        for (int i = 0; i < 100 && served.server.watchers() > 0; i++) {
            Thread.sleep(100);
        }
        assertEquals(0, served.server.watchers());
        String read = new String(sockets.get(29).getInputStream().readNBytes(64), StandardCharsets.UTF_8);
        assertTrue(read.startsWith("HTTP/1.1 200 OK"), read);
        sockets.get(29).close();
    }

    @Test
    void aDownloadThatIsNeverReadIsDropped() throws Exception {
        String id = client.create(SHORT, PHOTO).json().get("id").asText();
        client.ended(id);
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Socket socket = Raw.open(served.server.address());
            socket.getOutputStream()
                    .write(("GET /v1/videos/" + id + "/content HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .repeat(50)
                            .getBytes(StandardCharsets.US_ASCII));
            sockets.add(socket);
        }
        assertEquals(200, client.get("/v1/videos/" + id).status());
        for (int i = 0; i < 150 && served.server.connections() > 2; i++) {
            Thread.sleep(100);
        }
        assertTrue(served.server.connections() <= 2, served.server.connections() + " connections are left");
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
