package io.fsvideo.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** What a measurement was made on and with; kept beside it. */
final class Machine {
    private static final String RESULTS = ":(exclude,top)fsvideo-bench/results";

    private Machine() {}

    /**
     * @param device the backend's description of itself
     * @param note the user's, or null
     */
    static ObjectNode describe(String device, String note) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        json.put("commit", commit());
        json.put("device", device);
        json.put("processor", processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors");
        json.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        json.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        json.put("peers", String.join(", ", Peers.descriptions()));
        if (note != null) {
            json.put("note", note);
        }
        return json;
    }

    private static String processor() {
        Path info = Path.of("/proc/cpuinfo");
        try {
            return Files.exists(info)
                    ? Files.readAllLines(info).stream()
                            .filter(line -> line.startsWith("model name"))
                            .map(line -> line.substring(line.indexOf(':') + 1).trim())
                            .findFirst()
                            .orElse(System.getProperty("os.arch"))
                    : System.getProperty("os.arch");
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    /** The working copy's commit, with a plus when more than results is changed; "unknown" outside one. */
    private static String commit() {
        String head = git("rev-parse", "--short", "HEAD");
        if (head.isEmpty()) {
            return "unknown";
        }
        String changed = git("status", "--porcelain", "--untracked-files=no", "--", ":/", RESULTS);
        return changed.isEmpty() ? head : head + "+";
    }

    private static String git(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "git";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean done = process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
            return done ? text.trim() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
