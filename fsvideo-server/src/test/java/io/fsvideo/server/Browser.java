package io.fsvideo.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** One page in a Chromium without a window, driven over its DevTools protocol. */
final class Browser implements AutoCloseable {
    private final Process process;
    private final Path profile;
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> calls = new ConcurrentHashMap<>();
    private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
    private final String session;

    private Browser(Process process, Path profile, URI devTools) {
        this.process = process;
        this.profile = profile;
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(devTools, new Messages())
                .join();
        String target = browser("Target.createTarget", "url", "about:blank")
                .get("targetId")
                .asText();
        session = browser("Target.attachToTarget", "targetId", target, "flatten", true)
                .get("sessionId")
                .asText();
        for (String domain : List.of("Page", "Runtime", "DOM", "Log")) {
            call(domain + ".enable");
        }
    }

    /** The browser's program, when this machine has one. */
    static Optional<Path> program() {
        return Stream.of(System.getenv("PATH").split(":"))
                .flatMap(folder -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Browser open(Path program) throws IOException {
        Path profile = Files.createTempDirectory("fsvideo-browser");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--autoplay-policy=no-user-gesture-required",
                        "--remote-debugging-port=0",
                        "--remote-allow-origins=*",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader err =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        String line = err.readLine();
        while (line != null && !line.startsWith("DevTools listening on ")) {
            line = err.readLine();
        }
        if (line == null) {
            throw new IOException("the browser did not start");
        }
        Thread drain = new Thread(() -> drain(err), "browser-log");
        drain.setDaemon(true);
        drain.start();
        return new Browser(
                process,
                profile,
                URI.create(line.substring("DevTools listening on ".length()).strip()));
    }

    /** A browser stops when nobody reads what it logs. */
    private static void drain(BufferedReader log) {
        try {
            log.transferTo(java.io.Writer.nullWriter());
        } catch (IOException closed) {
            return;
        }
    }

    private final class Messages implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    received(Client.JSON.readTree(text.toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                } finally {
                    text.setLength(0);
                }
            }
            from.request(1);
            return null;
        }
    }

    private void received(JsonNode message) {
        if (message.has("id")) {
            calls.remove(message.get("id").asInt()).complete(message);
        } else if (message.path("method").asText().equals("Runtime.exceptionThrown")) {
            problems.add(message.at("/params/exceptionDetails").toString());
        } else if (message.path("method").asText().equals("Log.entryAdded")
                && message.at("/params/entry/level").asText().equals("error")
                // Answers with an error status are the server's word, which the page shows.
                && !message.at("/params/entry/source").asText().equals("network")) {
            problems.add(message.at("/params/entry").toString());
        }
    }

    /** Errors of scripts and of the page's policy so far. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    JsonNode call(String method, Object... parameters) {
        return send(method, session, parameters);
    }

    private JsonNode send(String method, String inSession, Object[] parameters) {
        ObjectNode message = Client.JSON.createObjectNode();
        int id = ids.incrementAndGet();
        message.put("id", id).put("method", method);
        if (inSession != null) {
            message.put("sessionId", inSession);
        }
        ObjectNode values = message.putObject("params");
        for (int i = 0; i < parameters.length; i += 2) {
            values.set((String) parameters[i], Client.JSON.valueToTree(parameters[i + 1]));
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        calls.put(id, answer);
        socket.sendText(message.toString(), true).join();
        JsonNode got = answer.orTimeout(60, TimeUnit.SECONDS).join();
        if (got.has("error")) {
            throw new AssertionError(method + ": " + got.get("error"));
        }
        return got.get("result");
    }

    private JsonNode browser(String method, Object... parameters) {
        return send(method, null, parameters);
    }

    void go(URI address) throws InterruptedException {
        call("Page.navigate", "url", address.toString());
        await("document.readyState === 'complete'");
    }

    /** The value of an expression; promises are waited for. */
    JsonNode eval(String expression) {
        JsonNode result = call(
                "Runtime.evaluate",
                "expression",
                expression,
                "awaitPromise",
                true,
                "returnByValue",
                true,
                "userGesture",
                true);
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
        }
        return result.at("/result/value");
    }

    void await(String condition) throws InterruptedException {
        for (int i = 0; i < 2400; i++) {
            if (eval("Boolean(" + condition + ")").asBoolean()) {
                return;
            }
            Thread.sleep(50);
        }
        throw new AssertionError(
                "within two minutes: " + condition + "; the page says: " + eval("document.body.innerText"));
    }

    void click(String id) {
        eval("document.getElementById('" + id + "').click()");
    }

    void choose(String id, Path file) {
        int root = call("DOM.getDocument").at("/root/nodeId").asInt();
        int node = call("DOM.querySelector", "nodeId", root, "selector", "#" + id)
                .get("nodeId")
                .asInt();
        call(
                "DOM.setFileInputFiles",
                "nodeId",
                node,
                "files",
                List.of(file.toAbsolutePath().toString()));
    }

    void press(String key) {
        call(
                "Input.dispatchKeyEvent",
                "type",
                "keyDown",
                "key",
                key,
                "code",
                key,
                "windowsVirtualKeyCode",
                key.equals("Tab") ? 9 : 13);
        call("Input.dispatchKeyEvent", "type", "keyUp", "key", key, "code", key);
    }

    void view(int width, int height, String colours) {
        call(
                "Emulation.setDeviceMetricsOverride",
                "width",
                width,
                "height",
                height,
                "deviceScaleFactor",
                1,
                "mobile",
                width < 500);
        call(
                "Emulation.setEmulatedMedia",
                "features",
                List.of(Map.of("name", "prefers-color-scheme", "value", colours)));
    }

    void screenshot(Path file) throws IOException {
        String data =
                call("Page.captureScreenshot", "format", "png").get("data").asText();
        Files.write(file, Base64.getDecoder().decode(data));
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            process.waitFor(20, TimeUnit.SECONDS);
            try (Stream<Path> files = Files.walk(profile)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException | UncheckedIOException e) {
            // The browser's last writes may race with the walk: what is left is in the folder for temporary files.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
