package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.RequestException;
import io.fsvideo.media.Video;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients do with a server, step by step. */
@Timeout(120)
class VideoServerTest {
    private static final byte[] PHOTO = Client.photo();

    @TempDir
    static Path folder;

    private static ServedModel served;
    private static Client client;

    @BeforeAll
    static void start() {
        served = new ServedModel(ServedModel.options(folder), 3);
        client = served.client;
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static String made(Map<String, String> fields) throws InterruptedException {
        Client.Answer created = client.create(fields, PHOTO);
        assertEquals(200, created.status(), created.text());
        String id = created.json().get("id").asText();
        assertEquals("completed", client.ended(id).get("status").asText());
        return id;
    }

    @Test
    void aPhotoBecomesAClip() throws Exception {
        JsonNode created = client.create(Map.of("prompt", "the camera pans left", "seed", "7", "frames", "5"), PHOTO)
                .json();
        assertEquals("video", created.get("object").asText());
        assertTrue(created.get("id").asText().matches("video_[0-9a-f]{32}"), created.toString());
        assertTrue(created.get("status").asText().matches("queued|in_progress"), created.toString());
        String id = created.get("id").asText();
        JsonNode ended = client.ended(id);
        assertEquals("completed", ended.get("status").asText());
        assertEquals(100, ended.get("progress").asInt());
        assertEquals("128x128", ended.get("size").asText());
        assertEquals(7, ended.get("seed").asInt());
        assertTrue(ended.get("error").isNull());
        Client.Answer video = client.get("/v1/videos/" + id + "/content");
        assertEquals(List.of(200, "video/mp4"), List.of(video.status(), video.header("content-type")));
        Path file = folder.resolve("got.mp4");
        Files.write(file, video.bytes());
        assertEquals("the camera pans left", Video.readMetadata(file).get("prompt"));
        assertEquals("7", Video.readMetadata(file).get("seed"));
        Files.delete(file);
        byte[] gif = client.get("/v1/videos/" + id + "/content?variant=gif").bytes();
        assertEquals("GIF89a", new String(gif, 0, 6, StandardCharsets.US_ASCII));
        byte[] photo = client.get("/v1/videos/" + id + "/content?variant=photo").bytes();
        assertEquals((byte) 0xff, photo[0]);
        assertEquals(
                "attachment; filename=\"" + id + ".mp4\"",
                client.get("/v1/videos/" + id + "/content?download=1").header("content-disposition"));
        client.delete("/v1/videos/" + id);
    }

    @Test
    void jsonWithABase64ImageIsTheSameRequest() throws Exception {
        String form =
                made(Map.of("seed", "3", "steps", "1", "refiner_steps", "1", "size", "128x128", "seconds", "0.4"));
        String base64 = Base64.getEncoder().encodeToString(PHOTO);
        for (Object image : List.of(
                base64, "data:image/png;base64," + base64, Map.of("image_url", "data:image/png;base64," + base64))) {
            byte[] body = Client.JSON.writeValueAsBytes(Map.of(
                    "input_reference",
                    image,
                    "seed",
                    3,
                    "steps",
                    1,
                    "refiner_steps",
                    "1",
                    "size",
                    "128x128",
                    "frames",
                    5));
            JsonNode created = client.post("/v1/videos", "application/json; charset=utf-8", body)
                    .json();
            String id = created.get("id").asText();
            assertEquals("completed", client.ended(id).get("status").asText());
            assertArrayEquals(
                    client.get("/v1/videos/" + form + "/content?variant=gif").bytes(),
                    client.get("/v1/videos/" + id + "/content?variant=gif").bytes());
        }
    }

    @Test
    void rangesAreServedAsPlayersAskForThem() throws Exception {
        String path = "/v1/videos/" + made(Map.of("steps", "1")) + "/content";
        byte[] all = client.get(path).bytes();
        int size = all.length;
        record Asked(String range, int status, int from, int to) {}
        for (Asked asked : List.of(
                new Asked("bytes=0-", 206, 0, size),
                new Asked("bytes=0-0", 206, 0, 1),
                new Asked("bytes=100-199", 206, 100, 200),
                new Asked("bytes=" + (size - 1) + "-", 206, size - 1, size),
                new Asked("bytes=10-999999999", 206, 10, size),
                new Asked("bytes=-5", 206, size - 5, size),
                new Asked("bytes=-999999999", 206, 0, size),
                new Asked("bytes=0-1,5-6", 200, 0, size),
                new Asked("bytes=-", 200, 0, size),
                new Asked("lines=1-2", 200, 0, size))) {
            Client.Answer part = client.send(client.request(path).header("Range", asked.range));
            assertEquals(asked.status, part.status(), asked.range);
            assertArrayEquals(Arrays.copyOfRange(all, asked.from, asked.to), part.bytes(), asked.range);
            if (asked.status == 206) {
                assertEquals("bytes " + asked.from + "-" + (asked.to - 1) + "/" + size, part.header("content-range"));
            }
        }
        for (String range : List.of("bytes=" + size + "-", "bytes=5-4", "bytes=-0")) {
            Client.Answer refused = client.send(client.request(path).header("Range", range));
            assertEquals(416, refused.status(), range);
            assertEquals("bytes */" + size, refused.header("content-range"));
        }
        Client.Answer head =
                client.send(client.request(path).method("HEAD", java.net.http.HttpRequest.BodyPublishers.noBody()));
        assertEquals(List.of(200, String.valueOf(size)), List.of(head.status(), head.header("content-length")));
    }

    @Test
    void eventsTellThePlaceTheStepsAndTheEnd() throws Exception {
        String first =
                client.create(Map.of("steps", "250"), PHOTO).json().get("id").asText();
        String second =
                client.create(Map.of("steps", "1"), PHOTO).json().get("id").asText();
        String events = client.get("/v1/videos/" + second + "/events").text();
        List<String> names = events.lines()
                .filter(line -> line.startsWith("event: "))
                .map(line -> line.substring(7))
                .toList();
        assertEquals("queued", names.get(0), events);
        assertEquals("done", names.get(names.size() - 1), events);
        assertTrue(events.contains("\"place\":1"), events);
        assertEquals(
                "text/event-stream",
                client.get("/v1/videos/" + first + "/events").header("content-type"));
        String after = client.get("/v1/videos/" + second + "/events").text();
        assertTrue(after.startsWith("event: done\ndata: {"), after);
        String progress =
                client.create(Map.of("steps", "30"), PHOTO).json().get("id").asText();
        String watched = client.get("/v1/videos/" + progress + "/events").text();
        assertTrue(watched.contains("event: progress"), watched);
        assertTrue(watched.contains("\"stage\":\"base\""), watched);
    }

    @Test
    void previewsAreShownWhileAClipIsMade() throws Exception {
        String id =
                client.create(Map.of("steps", "400"), PHOTO).json().get("id").asText();
        JsonNode now = client.get("/v1/videos/" + id).json();
        while (!now.has("preview")) {
            assertNotEquals("completed", now.get("status").asText());
            Thread.sleep(20);
            now = client.get("/v1/videos/" + id).json();
        }
        String address = now.get("preview").asText();
        assertTrue(address.matches("/v1/videos/" + id + "/content\\?variant=preview&of=(base|refine)-[0-9]+"), address);
        Client.Answer animation = client.get(address);
        assertEquals(
                List.of(200, "image/gif", "no-store"),
                List.of(animation.status(), animation.header("content-type"), animation.header("cache-control")));
        assertEquals("GIF89a", new String(animation.bytes(), 0, 6, StandardCharsets.US_ASCII));
        Client.Answer still = client.get("/v1/videos/" + id + "/content?variant=preview_still");
        assertEquals("image/png", still.header("content-type"));
        // Two pixels for each of the base's one latent.
        assertEquals(
                2,
                javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(still.bytes()))
                        .getWidth());
        String events = client.get("/v1/videos/" + id + "/events").text();
        assertTrue(events.contains("event: preview\ndata: {"), events);
        assertTrue(events.contains("variant=preview&of=base-"), events);
        JsonNode ended = client.ended(id);
        assertFalse(ended.has("preview"), ended.toString());
        Client.Answer gone = client.get(address);
        assertEquals(List.of(404, "no_preview"), List.of(gone.status(), gone.code()));
        assertTrue(client.get("/v1/models/small").json().get("has_previews").asBoolean());
    }

    @Test
    void cancelStopsAndDeleteRemoves() throws Exception {
        String running =
                client.create(Map.of("steps", "400"), PHOTO).json().get("id").asText();
        String waiting =
                client.create(Map.of("steps", "400"), PHOTO).json().get("id").asText();
        assertEquals(
                200,
                client.post("/v1/videos/" + waiting + "/cancel", "text/plain", new byte[0])
                        .status());
        JsonNode cancelled = client.ended(waiting);
        assertEquals("cancelled", cancelled.get("error").get("code").asText());
        assertEquals(409, client.get("/v1/videos/" + waiting + "/content").status());
        JsonNode deleted = client.delete("/v1/videos/" + running).json();
        assertTrue(deleted.get("deleted").asBoolean());
        assertEquals(404, client.get("/v1/videos/" + running).status());
        assertEquals(404, client.delete("/v1/videos/" + running).status());
        client.ended(client.create(Map.of("steps", "1"), PHOTO).json().get("id").asText());
        assertFalse(Files.exists(folder.resolve(running)));
        assertFalse(Files.exists(folder.resolve(waiting)));
    }

    @Test
    void aFullQueueIsRefusedWithATimeToComeBack() throws Exception {
        String running =
                client.create(Map.of("steps", "400"), PHOTO).json().get("id").asText();
        while (!client.get("/v1/videos/" + running)
                .json()
                .get("status")
                .asText()
                .equals("in_progress")) {
            Thread.sleep(20);
        }
        List<String> ids = new java.util.ArrayList<>(List.of(running));
        for (int i = 0; i < 3; i++) {
            ids.add(client.create(Map.of("steps", "1"), PHOTO).json().get("id").asText());
        }
        assertEquals(
                3, client.get("/v1/videos/" + ids.get(3)).json().get("place").asInt());
        Client.Answer refused = client.create(Map.of(), PHOTO);
        assertEquals(List.of(429, "queue_full"), List.of(refused.status(), refused.code()));
        assertEquals("5", refused.header("retry-after"));
        ids.forEach(id -> client.delete("/v1/videos/" + id));
    }

    @Test
    void clipsAreMadeInTheOrderInWhichTheyCame() throws Exception {
        List<String> ids = new java.util.ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ids.add(client.create(Map.of("steps", "20"), PHOTO).json().get("id").asText());
        }
        List<String> order = List.of("queued", "in_progress", "completed");
        int least = 0;
        while (least < 2) {
            // Newest first, as they are looked at: an older one is never behind a newer one.
            int last = 0;
            least = 2;
            for (JsonNode clip : client.get("/v1/videos?limit=100").json().get("data")) {
                if (ids.contains(clip.get("id").asText())) {
                    int now = order.indexOf(clip.get("status").asText());
                    assertTrue(now >= last, clip.toString());
                    last = now;
                    least = Math.min(least, now);
                }
            }
        }
    }

    @Test
    void listsAPartAtATime() throws Exception {
        String one = made(Map.of("steps", "1"));
        String two = made(Map.of("steps", "1"));
        JsonNode newest = client.get("/v1/videos?limit=1").json();
        assertEquals(two, newest.get("data").get(0).get("id").asText());
        assertTrue(newest.get("has_more").asBoolean());
        JsonNode next = client.get("/v1/videos?limit=1&after=" + two).json();
        assertEquals(one, next.get("data").get(0).get("id").asText());
        JsonNode oldest = client.get("/v1/videos?order=asc&limit=100").json();
        assertEquals(two, oldest.get("last_id").asText());
        for (String limit : List.of("0", "101", "x", "-1", "99999999999")) {
            assertEquals(400, client.get("/v1/videos?limit=" + limit).status(), limit);
        }
    }

    @Test
    void everyBadRequestSaysWhatIsWrong() {
        record Bad(Map<String, String> fields, byte[] image, int status, String code) {}
        byte[] noImage = "<script>alert(1)</script>".getBytes(StandardCharsets.UTF_8);
        for (Bad bad : List.of(
                new Bad(Map.of(), null, 400, "missing_image"),
                new Bad(Map.of(), noImage, 400, "invalid_image"),
                new Bad(Map.of(), Arrays.copyOf(PHOTO, 60), 400, "invalid_image"),
                new Bad(Map.of("steps", "0"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("steps", "501"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("steps", "many"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("seed", "1.5"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("frames", "4"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("frames", "4001"), PHOTO, 400, "too_large"),
                new Bad(Map.of("seconds", "NaN"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("size", "100x100"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("size", "99999x99999"), PHOTO, 400, "too_large"),
                new Bad(Map.of("size", "128"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("guidance", "101"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("prompt", "a\u0007bell"), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("prompt", "x".repeat(4001)), PHOTO, 400, "invalid_value"),
                new Bad(Map.of("model", "sora-2"), PHOTO, 404, "model_not_found"),
                new Bad(Map.of("colour", "red"), PHOTO, 400, "unknown_field"))) {
            Client.Answer answer = client.create(bad.fields, bad.image);
            assertEquals(bad.status, answer.status(), bad.fields + answer.text());
            assertEquals(bad.code, answer.code(), bad.fields.toString());
            assertEquals("application/json", answer.header("content-type"));
        }
        for (String body : List.of("", "[1]", "{\"seed\":", "{\"seed\":{}}", "[".repeat(5000), "nonsense")) {
            assertEquals(
                    400,
                    client.post("/v1/videos", "application/json", body.getBytes(StandardCharsets.UTF_8))
                            .status(),
                    body);
        }
        String type = "multipart/form-data; boundary=----a-boundary";
        byte[] whole = Client.multipart(Map.of("steps", "1"), PHOTO, "photo.png");
        assertEquals(
                400,
                client.post("/v1/videos", type, Arrays.copyOf(whole, whole.length / 2))
                        .status());
        assertEquals(
                400,
                client.post("/v1/videos", "multipart/form-data; boundary=other", whole)
                        .status());
        for (String wrong : List.of("text/plain", "application/x-www-form-urlencoded", "image/png")) {
            assertEquals(415, client.post("/v1/videos", wrong, PHOTO).status(), wrong);
        }
        assertEquals(413, client.create(Map.of(), new byte[(1 << 20) + 1]).status());
    }

    @Test
    void whatIsNotThereIsNotFoundAndOtherMethodsAreRefused() {
        for (String path :
                List.of("/v1", "/v1/videos/", "/v1/videos/x/y", "/page.html", "/favicon.ico", "/v1/models/other")) {
            assertEquals(404, client.get(path).status(), path);
        }
        Client.Answer refused = client.delete("/v1/videos");
        assertEquals(405, refused.status());
        assertEquals("GET, POST", refused.header("allow"));
    }

    @Test
    void healthModelsAndMetrics() throws Exception {
        made(Map.of("steps", "1"));
        assertEquals("ok", client.get("/health").json().get("status").asText());
        JsonNode model = client.get("/v1/models").json().get("data").get(0);
        assertEquals("small", model.get("id").asText());
        assertEquals(model, client.get("/v1/models/small").json());
        String metrics = client.get("/metrics").text();
        for (String line : metrics.lines().toList()) {
            assertTrue(line.matches("# TYPE [a-z_]+ (counter|gauge)|[a-z_]+(\\{[a-z]+=\"[a-z0-9_]+\"})? [0-9]+"), line);
        }
        assertTrue(value(metrics, "fsvideo_jobs_ended_total\\{state=\"completed\"}") >= 1, metrics);
        assertTrue(value(metrics, "fsvideo_model_bytes") > 0, metrics);
        assertTrue(value(metrics, "fsvideo_http_responses_total\\{status=\"200\"}") > 1, metrics);
        assertTrue(value(metrics, "fsvideo_stage_clips_total\\{stage=\"decode\"}") >= 1, metrics);
    }

    private static long value(String metrics, String name) {
        Matcher match = Pattern.compile("(?m)^" + name + " ([0-9]+)$").matcher(metrics);
        assertTrue(match.find(), name + " in " + metrics);
        return Long.parseLong(match.group(1));
    }

    @Test
    void thePageAndItsPartsAreThere() {
        Client.Answer page = client.get("/");
        assertEquals("text/html; charset=utf-8", page.header("content-type"));
        assertTrue(page.text().contains("<script src=\"/page.js\" defer>"), page.text());
        assertEquals("text/javascript; charset=utf-8", client.get("/page.js").header("content-type"));
        assertEquals("text/css; charset=utf-8", client.get("/page.css").header("content-type"));
        assertTrue(Page.about("demo").get("prompts").size() > 3);
        assertNotEquals("", Page.about("demo").get("expect").asText());
    }

    @Test
    void aSecondServerDoesNotGetTheSameFolderOrPort() throws IOException {
        RequestException folderTaken = assertThrows(
                RequestException.class, () -> VideoServer.start(served.model, ServedModel.options(folder)));
        assertTrue(folderTaken.getMessage().contains("another server uses"), folderTaken.getMessage());
        Path other = Files.createTempDirectory(folder, "other");
        int port = served.server.address().getPort();
        RequestException portTaken = assertThrows(
                RequestException.class, () -> VideoServer.start(served.model, ServerOptions.local(port, other)));
        assertTrue(portTaken.getMessage().contains("must be free to listen on"), portTaken.getMessage());
    }
}
