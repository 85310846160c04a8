package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.SmallModel;
import io.fsvideo.cli.CommandHelp;
import io.fsvideo.cli.CommandRun;
import io.fsvideo.cli.Main;
import io.fsvideo.cli.Signals;
import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import io.fsvideo.text.JavaProcess.Running;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own. */
@Timeout(300)
class ServeCommandTest {
    private static final Pattern ADDRESS = Pattern.compile("at (http://\\S+?/)(?:\\?token=(\\S+))?\\n");

    @TempDir
    Path folder;

    private Running serve(String... more) {
        String[] arguments = {
            "serve",
            "--port",
            "0",
            "--model",
            SmallModel.directory().toString(),
            "--clips",
            folder.resolve("clips").toString()
        };
        String[] all = java.util.stream.Stream.concat(java.util.Arrays.stream(arguments), java.util.Arrays.stream(more))
                .toArray(String[]::new);
        return new JavaProcess().start(folder, Main.class, all);
    }

    private static Matcher printed(Running running) throws Exception {
        Signals.await(() -> ADDRESS.matcher(Files.readString(running.out())).find());
        Matcher address = ADDRESS.matcher(Files.readString(running.out()));
        assertTrue(address.find());
        return address;
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aSignalInTheMiddleOfAJobEndsWithinTenSecondsAndKeepsFinishedClips() throws Exception {
        Running running = serve();
        Client client = new Client(URI.create(printed(running).group(1)));
        String made = client.create(Map.of("steps", "1"), Client.photo())
                .json()
                .get("id")
                .asText();
        client.ended(made);
        String busy = client.create(Map.of("steps", "200"), Client.photo())
                .json()
                .get("id")
                .asText();
        client.create(Map.of("steps", "200"), Client.photo());
        Signals.await(() -> {
            JsonNode now = client.get("/v1/videos/" + busy).json();
            return now.get("status").asText().equals("in_progress");
        });
        long began = System.nanoTime();
        Signals.send(running, "TERM");
        Outcome ended = running.await();
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertEquals(143, ended.exitCode(), ended.err());
        assertTrue(took.toMillis() < 10_000, took.toString());
        assertTrue(Files.isRegularFile(folder.resolve("clips").resolve(made).resolve("facts.json")));
        assertFalse(Files.isRegularFile(folder.resolve("clips").resolve(busy).resolve("facts.json")));
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void severalModelsAreServedWhenSeveralAreGiven() throws Exception {
        Running running = serve("--model", SmallModel.other().toString());
        Client client = new Client(URI.create(printed(running).group(1)));
        JsonNode models = client.get("/v1/models").json().get("data");
        assertEquals("small", models.at("/0/id").asText());
        assertEquals("other", models.at("/1/id").asText());
        String id = client.create(Map.of("steps", "1", "model", "other"), Client.photo())
                .json()
                .get("id")
                .asText();
        assertEquals(9, client.ended(id).get("frames").asInt());
        Signals.send(running, "TERM");
        assertEquals(143, running.await().exitCode());
    }

    @Test
    void partsOfOneModelAreNotGivenToSeveral() {
        String model = SmallModel.directory().toString();
        CommandRun run = CommandRun.of("serve", "--model", model, "--model", model, "--transformer", "x.gguf");
        assertEquals(2, run.exitCode(), run.toString());
        assertTrue(run.err().contains("--transformer and --lora must be given with one --model only"), run.err());
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void toOtherMachinesItMakesAToken() throws Exception {
        Running running = serve("--host", "0.0.0.0");
        Matcher address = printed(running);
        assertEquals(32, address.group(2).length());
        Client client = new Client(URI.create(address.group(1).replace("0.0.0.0", "127.0.0.1")));
        assertEquals(401, client.get("/v1/videos").status());
        assertEquals(
                200,
                client.send(client.request("/v1/videos").header("Authorization", "Bearer " + address.group(2)))
                        .status());
        Signals.send(running, "TERM");
        running.await();
    }

    @Test
    void aPortThatIsTakenIsOneLine() throws Exception {
        try (java.net.ServerSocket taken =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
            String port = String.valueOf(taken.getLocalPort());
            Outcome ended = new JavaProcess()
                    .run(
                            folder,
                            Main.class,
                            "serve",
                            "--port",
                            port,
                            "--model",
                            SmallModel.directory().toString(),
                            "--clips",
                            folder.resolve("clips").toString());
            assertEquals(1, ended.exitCode(), ended.toString());
            assertTrue(ended.err().contains("error: serve: 127.0.0.1:" + port + " must be free"), ended.err());
        }
    }

    @Test
    void theHelpHasAnExampleThatIsLegal() {
        assertTrue(CommandHelp.requireLegalExamples().contains("fsvideo serve"));
    }
}
