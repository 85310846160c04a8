package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two hundred jobs of fifty clients that cancel, delete, disconnect and send halves of photos, and what is left of it afterwards. */
@Timeout(300)
class LoadTest {
    private static final int CLIENTS = 50;
    private static final int JOBS = 4;
    private static final byte[] PHOTO = Client.photo();

    @TempDir
    Path folder;

    private final Map<String, AtomicInteger> ends = new ConcurrentHashMap<>();

    private void count(String end) {
        ends.computeIfAbsent(end, key -> new AtomicInteger()).incrementAndGet();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private static long serverThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("fsvideo"))
                .count();
    }

    private void client(ServedModel served, long seed) {
        Random random = new Random(seed);
        try {
            for (int job = 0; job < JOBS; job++) {
                one(served, random);
            }
        } catch (Exception | AssertionError e) {
            count("unexpected " + e);
        }
    }

    private void one(ServedModel served, Random random) throws Exception {
        Client client = served.client;
        int kind = random.nextInt(6);
        if (kind == 0) {
            brokenUpload(served);
            return;
        }
        Client.Answer created = client.create(Map.of("steps", "1", "refiner_steps", "1", "frames", "1"), PHOTO);
        while (created.status() == 429) {
            count("429");
            Thread.sleep(100 + random.nextInt(200));
            created = client.create(Map.of("steps", "1", "refiner_steps", "1", "frames", "1"), PHOTO);
        }
        assertEquals(200, created.status(), created.text());
        String path = "/v1/videos/" + created.json().get("id").asText();
        switch (kind) {
            case 1 -> client.post(path + "/cancel", "text/plain", new byte[0]);
            case 2 -> client.delete(path);
            case 3 -> vanishingWatcher(served, path);
            default -> {
                String events = client.get(path + "/events").text();
                assertTrue(events.contains("event: done"), events);
                assertEquals(200, client.get(path + "/content").status());
            }
        }
        count("kind " + kind);
    }

    private void brokenUpload(ServedModel served) throws IOException {
        try (Socket socket = Raw.open(served.server.address())) {
            socket.getOutputStream()
                    .write(("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
                                    + "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Dispo")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
        }
        count("broken");
    }

    private static void vanishingWatcher(ServedModel served, String path) throws IOException {
        try (Socket socket = Raw.open(served.server.address())) {
            socket.getOutputStream()
                    .write(("GET " + path + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().read();
        }
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        try (ServedModel served = new ServedModel(
                ServedModel.options(folder, null, 1L << 30, Duration.ofDays(1), Duration.ofSeconds(8)), 32)) {
            String first = served.client
                    .create(Map.of("steps", "1"), PHOTO)
                    .json()
                    .get("id")
                    .asText();
            served.client.ended(first);
            served.client.get("/v1/videos/" + first + "/content");
            long idleBytes = served.model.bytesInUse();
            long before = descriptors();
            ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
            for (int i = 0; i < CLIENTS; i++) {
                int seed = i;
                threads.execute(() -> client(served, seed));
            }
            threads.shutdown();
            assertTrue(threads.awaitTermination(4, TimeUnit.MINUTES), ends.toString());
            assertEquals(
                    List.of(),
                    ends.keySet().stream()
                            .filter(end -> end.startsWith("unexpected"))
                            .toList());
            for (int i = 0; i < 300 && (served.model.waiting() > 0 || served.server.watchers() > 0); i++) {
                Thread.sleep(100);
            }
            JsonNode all = served.client.get("/v1/videos?limit=100").json();
            for (JsonNode clip : all.get("data")) {
                served.client.ended(clip.get("id").asText());
            }
            assertEquals(0, served.server.watchers());
            assertEquals(idleBytes, served.model.bytesInUse());
            String metrics = served.client.get("/metrics").text();
            long completed = metrics.lines()
                    .filter(line -> line.startsWith("fsvideo_jobs_ended_total{state=\"completed\"}"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll(".* ", "")))
                    .sum();
            try (Stream<Path> entries = Files.list(folder)) {
                long kept = entries.filter(Files::isDirectory).count();
                assertTrue(kept <= completed, kept + " folders of " + completed + " completed clips");
            }
            assertTrue(serverThreads() <= 40, serverThreads() + " threads");
            for (int i = 0; i < 400 && served.server.connections() > 0; i++) {
                Thread.sleep(100);
            }
            assertEquals(0, served.server.connections(), "connections that were not idle");
            long most = before + 4; // selectors of pools that grew
            assertTrue(descriptors() <= most, descriptors() + " descriptors, at most " + most);
            System.out.println("load: " + ends + ", descriptors " + before + " before and " + descriptors() + " after");
        }
        for (int i = 0; i < 100 && serverThreads() > 0; i++) {
            Thread.sleep(100);
        }
        assertEquals(0, serverThreads(), "threads after the close");
    }
}
