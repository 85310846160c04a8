package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The OpenAPI description says what the server does: the same paths, statuses and fields. */
@Timeout(120)
class DescriptionTest {
    @TempDir
    static Path folder;

    private static ServedModel served;
    private static Client client;
    private static JsonNode description;

    @BeforeAll
    static void start() {
        served = new ServedModel(ServedModel.options(folder), 3);
        client = served.client;
        description = client.get("/openapi.json").json();
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @Test
    void describesExactlyTheRoutes() {
        Set<String> described = new TreeSet<>();
        description
                .get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(method ->
                                described.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey())));
        assertEquals(served.server.routes(), described);
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<JsonNode> references = description.findValues("$ref");
        assertFalse(references.isEmpty());
        for (JsonNode reference : references) {
            assertFalse(description.at(reference.asText().substring(1)).isMissingNode(), reference.asText());
        }
    }

    private void requireDescribed(String method, String path, Client.Answer answer) {
        JsonNode responses = description.get("paths").get(path).get(method).get("responses");
        JsonNode response = responses.get(String.valueOf(answer.status()));
        assertTrue(response != null, method + " " + path + " must describe " + answer.status() + ", got " + responses);
        List<String> problems = new ArrayList<>();
        match(response.at("/content/application~1json/schema"), answer.json(), path, problems);
        assertEquals(List.of(), problems);
    }

    /** Required fields, no others than described, types and words. */
    private void match(JsonNode schema, JsonNode value, String place, List<String> problems) {
        if (schema.has("$ref")) {
            match(description.at(schema.get("$ref").asText().substring(1)), value, place, problems);
            return;
        }
        List<String> types = new ArrayList<>();
        if (schema.path("type").isArray()) {
            schema.get("type").forEach(type -> types.add(type.asText()));
        } else {
            types.add(schema.path("type").asText());
        }
        if (types.stream().noneMatch(type -> is(type, value))) {
            problems.add(place + " must be " + types + ", got " + value);
        }
        if (schema.has("enum")
                && !Set.of(Client.JSON.convertValue(schema.get("enum"), String[].class))
                        .contains(value.asText())) {
            problems.add(place + " must be one of " + schema.get("enum") + ", got " + value);
        }
        schema.path("required").forEach(name -> {
            if (!value.has(name.asText())) {
                problems.add(place + " must have " + name);
            }
        });
        if (schema.has("properties")) {
            value.properties().forEach(field -> {
                JsonNode known = schema.get("properties").get(field.getKey());
                if (known == null) {
                    problems.add(place + "." + field.getKey() + " is not described");
                } else {
                    match(known, field.getValue(), place + "." + field.getKey(), problems);
                }
            });
        }
        if (schema.has("items")) {
            value.forEach(item -> match(schema.get("items"), item, place + "[]", problems));
        }
    }

    private static boolean is(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new AssertionError("type " + type);
        };
    }

    @Test
    void answersAreAsDescribed() throws Exception {
        Client.Answer created = client.create(Map.of("steps", "300"), Client.photo());
        requireDescribed("post", "/v1/videos", created);
        String id = created.json().get("id").asText();
        while (client.get("/v1/videos/" + id).json().path("stage_step").asInt() < 2) {
            Thread.sleep(20);
        }
        requireDescribed("get", "/v1/videos/{id}", client.get("/v1/videos/" + id));
        requireDescribed(
                "post",
                "/v1/videos/{id}/cancel",
                client.post("/v1/videos/" + id + "/cancel", "text/plain", new byte[0]));
        client.ended(id);
        requireDescribed("get", "/v1/videos/{id}", client.get("/v1/videos/" + id));
        requireDescribed("get", "/v1/videos/{id}/content", client.get("/v1/videos/" + id + "/content"));
        requireDescribed("delete", "/v1/videos/{id}", client.delete("/v1/videos/" + id));
        requireDescribed("delete", "/v1/videos/{id}", client.delete("/v1/videos/" + id));
        String made = client.create(Map.of("steps", "1"), Client.photo())
                .json()
                .get("id")
                .asText();
        client.ended(made);
        requireDescribed("get", "/v1/videos/{id}", client.get("/v1/videos/" + made));
        requireDescribed("get", "/v1/videos", client.get("/v1/videos"));
        requireDescribed("get", "/v1/videos", client.get("/v1/videos?limit=0"));
        requireDescribed("get", "/v1/videos/{id}/content", client.get("/v1/videos/" + made + "/content?variant=x"));
        requireDescribed("post", "/v1/videos", client.create(Map.of("steps", "0"), Client.photo()));
        requireDescribed("post", "/v1/videos", client.post("/v1/videos", "text/plain", new byte[1]));
        requireDescribed("post", "/v1/videos", client.create(Map.of(), new byte[2 << 20]));
        requireDescribed("get", "/v1/models", client.get("/v1/models"));
        requireDescribed("get", "/v1/models/{id}", client.get("/v1/models/small"));
        requireDescribed("get", "/v1/models/{id}", client.get("/v1/models/other"));
        requireDescribed("get", "/health", client.get("/health"));
        requireDescribed(
                "post",
                "/v1/videos",
                client.send(client.form(Map.of(), Client.photo()).header("Origin", "http://other")));
    }

    @Test
    void describesEveryFieldThatIsTaken() {
        for (String type : List.of("multipart~1form-data", "application~1json")) {
            JsonNode fields =
                    description.at("/paths/~1v1~1videos/post/requestBody/content/" + type + "/schema/properties");
            Set<String> names = new TreeSet<>();
            fields.fieldNames().forEachRemaining(names::add);
            assertEquals(
                    "[frames, guidance, input_reference, model, negative_prompt, prompt, refiner_steps, seconds, seed, size,"
                            + " steps]",
                    names.toString());
        }
        String message = client.create(Map.of("colour", "red"), Client.photo()).text();
        assertTrue(
                message.contains(
                        "[frames, guidance, model, negative_prompt, prompt, refiner_steps, seconds, seed, size, steps]"),
                message);
    }
}
