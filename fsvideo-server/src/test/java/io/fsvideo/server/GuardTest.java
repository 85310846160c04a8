package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.RequestException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in. */
@Timeout(120)
class GuardTest {
    private static final String TOKEN = "abcdefghijklmnop-_123456";
    private static final Map<String, String> SHORT = Map.of("steps", "1");

    @TempDir
    Path folder;

    private ServedModel withToken() {
        return new ServedModel(
                ServedModel.options(folder, TOKEN, 1L << 30, Duration.ofDays(1), Duration.ofSeconds(20)), 8);
    }

    @Test
    void otherMachinesNeedAToken() {
        for (String host : List.of("0.0.0.0", "192.0.2.1", "::")) {
            RequestException refused = assertThrows(RequestException.class, () -> listening(host, null));
            assertTrue(refused.getMessage().startsWith("serve: token must be given"), refused.getMessage());
            assertEquals(host, listening(host, TOKEN).host());
        }
        for (String host : List.of("127.0.0.1", "localhost", "::1")) {
            assertNull(listening(host, null).token());
        }
        for (String token : List.of("short", "with space 0123456789", "x".repeat(201), "äöü0123456789abcdefg")) {
            String message = assertThrows(RequestException.class, () -> listening("::1", token))
                    .getMessage();
            assertFalse(message.contains(token), message);
        }
    }

    private ServerOptions listening(String host, String token) {
        ServerOptions local = ServerOptions.local(0, folder);
        return new ServerOptions(
                host,
                0,
                token,
                folder,
                local.maxUploadBytes(),
                local.maxPixels(),
                local.maxClipPixels(),
                local.maxSteps(),
                local.maxDiskBytes(),
                local.maxAge(),
                local.maxConnections(),
                local.patience(),
                local.heartbeat());
    }

    @Test
    void withATokenNothingIsAnsweredWithoutIt() {
        try (ServedModel served = withToken()) {
            Client client = served.client;
            for (String route : served.server.routes()) {
                String[] parts = route.replace("{id}", "small").split(" ");
                if (parts[1].equals("/health")) {
                    continue;
                }
                for (String given :
                        List.of("", "Bearer", "Bearer ", "Bearer " + TOKEN + "x", "Basic " + TOKEN, TOKEN)) {
                    Client.Answer refused = client.send(client.request(parts[1])
                            .method(parts[0], java.net.http.HttpRequest.BodyPublishers.noBody())
                            .header("Authorization", given));
                    assertEquals(401, refused.status(), route + " with " + given);
                    assertEquals("Bearer", refused.header("www-authenticate"));
                }
            }
            assertEquals(200, client.get("/health").status());
            assertEquals(
                    401,
                    client.get("/?token=" + TOKEN.toUpperCase(java.util.Locale.ROOT))
                            .status());
            Client.Answer created =
                    client.send(client.form(SHORT, Client.photo()).header("Authorization", "Bearer " + TOKEN));
            assertEquals(200, created.status(), created.text());
        }
    }

    @Test
    void theAddressWithTheTokenBecomesACookieThatScriptsDoNotSee() {
        try (ServedModel served = withToken()) {
            Client client = served.client;
            Client.Answer signedIn = client.get("/?token=" + TOKEN);
            assertEquals(303, signedIn.status());
            assertEquals("/", signedIn.header("location"));
            String cookie = signedIn.header("set-cookie");
            assertEquals("fsvideo_token=" + TOKEN + "; Path=/; HttpOnly; SameSite=Strict", cookie);
            String carried = cookie.split(";")[0];
            assertEquals(
                    200,
                    client.send(client.request("/").header("Cookie", carried)).status());
            assertEquals(
                    200,
                    client.send(client.request("/v1/videos").header("Cookie", carried))
                            .status());
            assertEquals(
                    401,
                    client.send(client.request("/v1/videos").header("Cookie", carried + "x"))
                            .status());
        }
    }

    @Test
    void aForeignNameThatPointsHereIsRefused() throws IOException {
        try (ServedModel served = new ServedModel(ServedModel.options(folder), 8)) {
            for (String host : List.of(
                    "evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil", "10.0.0.1", "")) {
                String answer = Raw.ask(
                        served.server.address(),
                        "GET /v1/videos HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
                assertTrue(answer.matches("(?s)HTTP/1.1 4(21|00) .*"), host + ": " + answer);
            }
            for (String host : List.of("localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080")) {
                String answer = Raw.ask(
                        served.server.address(),
                        "GET /v1/videos HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
                assertTrue(answer.startsWith("HTTP/1.1 200 "), host + ": " + answer);
            }
            String absolute = Raw.ask(
                    served.server.address(),
                    "GET http://evil.example/v1/videos HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            assertTrue(absolute.matches("(?s)HTTP/1.1 4(21|00) .*"), absolute);
        }
    }

    @Test
    void aPageOfAnotherSiteChangesNothing() throws Exception {
        try (ServedModel served = new ServedModel(ServedModel.options(folder), 8)) {
            Client client = served.client;
            String own = served.server.address().toString().replaceFirst("/$", "");
            String id = client.send(client.form(SHORT, Client.photo()).header("Origin", own))
                    .json()
                    .get("id")
                    .asText();
            client.ended(id);
            for (String origin : List.of(
                    "http://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1", own + ".evil", "%%")) {
                assertEquals(
                        403,
                        client.send(client.form(SHORT, Client.photo()).header("Origin", origin))
                                .status(),
                        origin);
                assertEquals(
                        403,
                        client.send(client.request("/v1/videos/" + id).DELETE().header("Origin", origin))
                                .status());
            }
            for (String site : List.of("cross-site", "same-site")) {
                Client.Answer refused =
                        client.send(client.request("/v1/videos/" + id).DELETE().header("Sec-Fetch-Site", site));
                assertEquals("foreign_site", refused.code());
            }
            assertEquals(200, client.get("/v1/videos/" + id).status());
            Client.Answer own2 =
                    client.send(client.request("/v1/videos/" + id).DELETE().header("Sec-Fetch-Site", "same-origin"));
            assertEquals(200, own2.status());
        }
    }

    @Test
    void everyAnswerForbidsScriptsFramesAndGuessing() throws IOException {
        try (ServedModel served = new ServedModel(ServedModel.options(folder), 8)) {
            for (String path : List.of("/", "/page.js", "/v1/videos", "/nothing", "/metrics", "/openapi.json")) {
                Client.Answer answer = served.client.get(path);
                String policy = answer.header("content-security-policy");
                assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
                assertFalse(policy.contains("unsafe"), policy);
                assertTrue(policy.contains("frame-ancestors 'none'"), policy);
                assertEquals("nosniff", answer.header("x-content-type-options"));
                assertEquals("same-origin", answer.header("cross-origin-resource-policy"));
                assertEquals("no-store", answer.header("cache-control"));
                assertNull(answer.header("server"));
                assertNull(answer.header("access-control-allow-origin"));
            }
            String broken = Raw.ask(served.server.address(), "<script>alert(1)</script>\r\n\r\n");
            assertTrue(broken.startsWith("HTTP/1.1 400 "), broken);
            assertFalse(broken.contains("alert"), broken);
            assertFalse(broken.toLowerCase(java.util.Locale.ROOT).contains("jetty"), broken);
        }
    }
}
