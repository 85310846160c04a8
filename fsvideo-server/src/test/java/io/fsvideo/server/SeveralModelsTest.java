package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.OpenOptions;
import io.fsvideo.RequestException;
import io.fsvideo.SmallModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One server with two models, of which one has no previews. */
@Timeout(120)
class SeveralModelsTest {
    @TempDir
    Path folder;

    private OpenModels models;

    @BeforeEach
    void open() {
        models = new OpenModels(
                List.of(SmallModel.withPreviews(), SmallModel.other()),
                OpenOptions.defaults().withThreads(1));
    }

    @AfterEach
    void close() {
        models.close();
    }

    private String made(Client client, Map<String, String> fields) throws InterruptedException {
        String id = client.create(fields, Client.photo()).json().get("id").asText();
        assertEquals("completed", client.ended(id).get("status").asText());
        return client.get("/v1/videos/" + id).json().get("model").asText() + " "
                + client.get("/v1/videos/" + id).json().get("frames").asInt();
    }

    @Test
    void aRequestChoosesByName() throws Exception {
        try (VideoServer server = VideoServer.start(models.all(), ServedModel.options(folder))) {
            Client client = new Client(server.address());
            JsonNode listed = client.get("/v1/models").json().get("data");
            assertEquals(2, listed.size());
            assertEquals(listed.get(0), client.get("/v1/models/small").json());
            assertEquals(listed.get(1), client.get("/v1/models/other").json());
            assertTrue(listed.get(0).get("has_previews").asBoolean());
            assertFalse(listed.get(1).get("has_previews").asBoolean());
            assertEquals("small 5", made(client, Map.of("steps", "1")));
            assertEquals("small 5", made(client, Map.of("steps", "1", "model", "small")));
            assertEquals("other 9", made(client, Map.of("steps", "1", "model", "other")));
            Client.Answer refused = client.create(Map.of("model", "<b>sora</b>"), Client.photo());
            assertEquals(List.of(404, "model_not_found"), List.of(refused.status(), refused.code()));
            assertTrue(refused.text().contains("[small, other]"), refused.text());
            assertFalse(refused.text().contains("sora"), refused.text());
            String metrics = client.get("/metrics").text();
            long bytes = models.all().stream().mapToLong(FsVideo::bytesInUse).sum();
            assertTrue(metrics.contains("fsvideo_model_bytes " + bytes + "\n"), metrics);
        }
    }

    @Test
    void aModelWithoutAMapHasNoPreviews() throws Exception {
        try (VideoServer server = VideoServer.start(models.all(), ServedModel.options(folder))) {
            Client client = new Client(server.address());
            String id = client.create(Map.of("steps", "300", "model", "other"), Client.photo())
                    .json()
                    .get("id")
                    .asText();
            while (client.get("/v1/videos/" + id).json().path("stage_step").asInt() < 3) {
                Thread.sleep(20);
            }
            assertFalse(client.get("/v1/videos/" + id).json().has("preview"));
            assertEquals(
                    "no_preview",
                    client.get("/v1/videos/" + id + "/content?variant=preview").code());
            client.delete("/v1/videos/" + id);
        }
    }

    @Test
    void oneClipIsMadeAtATime() throws Exception {
        Job first = models.all().get(0).submit(SmallModel.request().withSteps(200));
        Job second = models.all().get(1).submit(SmallModel.request().withSteps(1));
        while (first.state() == Job.State.QUEUED || first.progress().isEmpty()) {
            Thread.sleep(5);
        }
        while (first.state() == Job.State.RUNNING) {
            Job.State other = second.state();
            assertTrue(other == Job.State.QUEUED || first.state() != Job.State.RUNNING, other.toString());
            Thread.sleep(5);
        }
        second.join();
        assertEquals(Job.State.DONE, second.state());
    }

    @Test
    void oneNameIsOneModel() {
        FsVideo model = models.all().get(0);
        String message = assertThrows(
                        RequestException.class,
                        () -> VideoServer.start(List.of(model, model), ServedModel.options(folder)))
                .getMessage();
        assertTrue(message.startsWith("serve: models must have different names, got small twice"), message);
        assertThrows(RequestException.class, () -> VideoServer.start(List.of(), ServedModel.options(folder)));
    }
}
