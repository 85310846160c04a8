package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is on the disk, and what a new start makes of it. */
@Timeout(120)
class KeptClipsTest {
    private static final Map<String, String> SHORT = Map.of("steps", "1", "prompt", "grüße 😀");

    @TempDir
    Path folder;

    private ServedModel start() {
        return new ServedModel(ServedModel.options(folder), 8);
    }

    private ServedModel start(long disk, Duration age) {
        return new ServedModel(ServedModel.options(folder, null, disk, age, Duration.ofSeconds(20)), 8);
    }

    private static String made(Client client) throws InterruptedException {
        String id = client.create(SHORT, Client.photo()).json().get("id").asText();
        assertEquals("completed", client.ended(id).get("status").asText());
        return id;
    }

    private List<String> folders() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.equals(".lock"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aNewStartFindsFinishedClipsAndRemovesTheRest() throws Exception {
        String id;
        JsonNode before;
        byte[] video;
        String running;
        try (ServedModel served = start()) {
            id = made(served.client);
            before = served.client.get("/v1/videos/" + id).json();
            video = served.client.get("/v1/videos/" + id + "/content").bytes();
            running = served.client
                    .create(Map.of("steps", "500"), Client.photo())
                    .json()
                    .get("id")
                    .asText();
        }
        Path half = Files.createDirectory(folder.resolve("video_" + "0".repeat(32)));
        Files.writeString(half.resolve("video.mp4"), "half");
        Path broken = Files.createDirectory(folder.resolve("video_" + "1".repeat(32)));
        Files.writeString(broken.resolve("facts.json"), "{\"prompt\":");
        Path own = Files.createDirectory(folder.resolve("not ours"));
        try (ServedModel served = start()) {
            assertEquals(before, served.client.get("/v1/videos/" + id).json());
            assertArrayEquals(
                    video, served.client.get("/v1/videos/" + id + "/content").bytes());
            assertEquals(1, served.client.get("/v1/videos").json().get("data").size());
            assertEquals(404, served.client.get("/v1/videos/" + running).status());
            assertTrue(served.client.get("/v1/videos/" + id + "/events").text().startsWith("event: done\n"));
            assertEquals(List.of(own.getFileName().toString(), id), folders());
            assertEquals(200, served.client.delete("/v1/videos/" + id).status());
            assertEquals(List.of(own.getFileName().toString()), folders());
        }
    }

    @Test
    void aFullDiskRefusesNewClipsAndKeepsTheOld() throws Exception {
        String id;
        try (ServedModel served = start()) {
            id = made(served.client);
        }
        try (ServedModel served = start(10_000, Duration.ofDays(30))) {
            Client.Answer refused = served.client.create(SHORT, Client.photo());
            assertEquals(List.of(507, "disk_full"), List.of(refused.status(), refused.code()));
            assertEquals(200, served.client.get("/v1/videos/" + id + "/content").status());
            assertEquals(List.of(id), folders());
            served.client.delete("/v1/videos/" + id);
            assertEquals(200, served.client.create(SHORT, Client.photo()).status());
        }
    }

    @Test
    void aClipThatCannotBeWrittenFailsAndTheServerGoesOn() throws Exception {
        try (ServedModel served = start()) {
            String id = served.client
                    .create(Map.of("steps", "200"), Client.photo())
                    .json()
                    .get("id")
                    .asText();
            // The folder becomes a file under the server's hands: whoever writes into it meets an error.
            Path mine = folder.resolve(id);
            try (Stream<Path> files = Files.list(mine)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(mine);
            Files.writeString(mine, "in the way");
            JsonNode failed = served.client.ended(id);
            assertEquals("disk_full", failed.path("error").path("code").asText(), failed.toString());
            made(served.client);
        }
    }

    @Test
    void clipsOfMoreThanTheirAgeAreRemovedAtTheStart() throws Exception {
        String id;
        try (ServedModel served = start()) {
            id = made(served.client);
        }
        Path facts = folder.resolve(id).resolve("facts.json");
        String old = Files.readString(facts).replaceFirst("\"created_at\":[0-9]+", "\"created_at\":1000000");
        Files.writeString(facts, old);
        try (ServedModel served = start(1L << 30, Duration.ofDays(30))) {
            assertEquals(404, served.client.get("/v1/videos/" + id).status());
            assertEquals(List.of(), folders());
        }
    }

    @Test
    void thePhotoIsKeptWithoutWhatItsFileSaid() throws Exception {
        try (ServedModel served = start()) {
            byte[] secret = "GPS 47.37 8.54".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            byte[] photo = Client.photo();
            byte[] tagged = new byte[photo.length + 12 + secret.length + 8];
            // A tEXt chunk behind the header of the PNG.
            java.nio.ByteBuffer out = java.nio.ByteBuffer.wrap(tagged);
            byte[] text = ("Comment\0" + new String(secret, java.nio.charset.StandardCharsets.US_ASCII))
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            java.util.zip.CRC32 crc = new java.util.zip.CRC32();
            crc.update("tEXt".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            crc.update(text);
            out.put(photo, 0, 33).putInt(text.length).put("tEXt".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            out.put(text).putInt((int) crc.getValue()).put(photo, 33, photo.length - 33);
            String id = served.client
                    .create(Map.of("steps", "1"), tagged)
                    .json()
                    .get("id")
                    .asText();
            served.client.ended(id);
            try (Stream<Path> files = Files.list(folder.resolve(id))) {
                for (Path file : files.toList()) {
                    String bytes = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
                    assertFalse(bytes.contains("GPS 47"), file.toString());
                }
            }
        }
    }
}
