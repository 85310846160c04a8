package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The requests of the npm package {@code openai} 6.49.0, as it sends them for {@code videos.create}, {@code retrieve}, {@code list},
 * {@code downloadContent} and {@code delete}, and what it reads of the answers.
 */
@Timeout(120)
class PublishedClientTest {
    private static final String BOUNDARY = "openai-n6qj0dwyvkp";
    private static final String UNDICI = "----formdata-undici-083466955298";

    @TempDir
    Path folder;

    private ServedModel served;
    private Client client;

    @BeforeEach
    void start() {
        served = new ServedModel(ServedModel.options(folder), 8);
        client = served.client;
    }

    @AfterEach
    void stop() {
        served.close();
    }

    private HttpRequest.Builder request(String path) {
        return client.request(path)
                .header("Accept", "application/json")
                .header("User-Agent", "OpenAI/JS 6.49.0")
                .header("X-Stainless-Retry-Count", "0")
                .header("X-Stainless-Lang", "js")
                .header("X-Stainless-Package-Version", "6.49.0")
                .header("Authorization", "Bearer none")
                .header("Accept-Language", "*")
                .header("Sec-Fetch-Mode", "cors")
                .header("Accept-Encoding", "gzip, deflate");
    }

    private static void field(ByteArrayOutputStream out, String boundary, String name, String value) {
        out.writeBytes(
                ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** A file is streamed: the body has no length. */
    private JsonNode created(String boundary, byte[] body, boolean isStream) {
        HttpRequest.BodyPublisher whole = HttpRequest.BodyPublishers.ofByteArray(body);
        HttpRequest.BodyPublisher sent = isStream ? HttpRequest.BodyPublishers.fromPublisher(whole) : whole;
        Client.Answer answer = client.send(request("/v1/videos")
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(sent));
        assertEquals(200, answer.status(), answer.text());
        return answer.json();
    }

    @Test
    void createRetrieveDownloadListAndDelete() throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        field(body, BOUNDARY, "prompt", "the camera zooms in");
        body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"input_reference\";"
                        + " filename=\"rocket.jpg\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(Client.photo());
        body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        field(body, BOUNDARY, "seconds", "1");
        field(body, BOUNDARY, "size", "128x128");
        field(body, BOUNDARY, "model", "small");
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        JsonNode video = created(BOUNDARY, body.toByteArray(), true);
        assertTrue(video.get("status").asText().matches("queued|in_progress"), video.toString());
        String id = video.get("id").asText();
        client.ended(id);
        JsonNode ended = client.send(request("/v1/videos/" + id)).json();
        for (String field : List.of(
                "id",
                "object",
                "status",
                "progress",
                "created_at",
                "completed_at",
                "expires_at",
                "model",
                "seconds",
                "size")) {
            assertTrue(ended.hasNonNull(field), field + " in " + ended);
        }
        assertTrue(ended.get("error").isNull());
        assertEquals("13", Integer.toString(ended.get("frames").asInt()), "a second of 12 frames, and the first");
        Client.Answer content = client.send(client.request("/v1/videos/" + id + "/content?variant=video")
                .header("Authorization", "Bearer none")
                .header("Accept", "application/binary")
                .header("Accept-Encoding", "gzip, deflate"));
        assertEquals(List.of(200, "video/mp4"), List.of(content.status(), content.header("content-type")));
        assertEquals("ftyp", new String(content.bytes(), 4, 4, StandardCharsets.US_ASCII));
        JsonNode page = client.send(request("/v1/videos?limit=2&order=asc")).json();
        assertEquals(id, page.get("last_id").asText());
        assertEquals(false, page.get("has_more").asBoolean());
        JsonNode deleted = client.send(request("/v1/videos/" + id).DELETE()).json();
        assertEquals("video.deleted", deleted.get("object").asText());
    }

    @Test
    void aPhotoAsADataUrlInAForm() throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        field(body, UNDICI, "prompt", "the camera zooms in");
        field(
                body,
                UNDICI,
                "input_reference[image_url]",
                "data:image/png;base64," + Base64.getEncoder().encodeToString(Client.photo()));
        body.writeBytes(("--" + UNDICI + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        String id = created(UNDICI, body.toByteArray(), false).get("id").asText();
        assertEquals("completed", client.ended(id).get("status").asText());
    }

    /** Its errors carry what this server says. */
    @Test
    void anAddressOfAPictureIsNotFetched() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        field(body, UNDICI, "input_reference[image_url]", served.server.address() + "openapi.json");
        body.writeBytes(("--" + UNDICI + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        Client.Answer answer = client.send(request("/v1/videos")
                .header("Content-Type", "multipart/form-data; boundary=" + UNDICI)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())));
        assertEquals(List.of(400, "invalid_image"), List.of(answer.status(), answer.code()));
        assertTrue(answer.json().at("/error/message").asText().length() > 10);
    }
}
