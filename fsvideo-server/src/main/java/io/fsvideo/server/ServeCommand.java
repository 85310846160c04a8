package io.fsvideo.server;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ModelArguments;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The page and the interface, until Ctrl-C or SIGTERM. */
@Command(
        name = "serve",
        description = {
            "Make clips in the browser and over HTTP. Ctrl-C ends it.",
            "It listens on this machine alone unless --host says otherwise; then every request must carry a token, which it"
                    + " makes and prints unless FSVIDEO_TOKEN gives one.",
            "With several --model each is opened at the start, and requests choose one by its name; one clip is made at a time."
        },
        footer = {"", "Example:", "  fsvideo serve --port 8080"})
final class ServeCommand implements Callable<Integer> {
    /** A layer of a large model may take longer; what it leaves is removed at the next start. */
    private static final Duration PATIENCE = Duration.ofSeconds(9);

    private static final String TOKEN = "FSVIDEO_TOKEN";

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "Address to listen on (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(names = "--port", defaultValue = "8080", description = "0 for any free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--clips",
            paramLabel = "DIR",
            description = "Where finished clips are kept (default: .fsvideo/clips in your home folder).")
    private Path clips;

    @Option(
            names = "--keep-days",
            defaultValue = "30",
            description = "Days after which a clip is removed (default: ${DEFAULT-VALUE}).")
    private int keepDays;

    @Option(
            names = "--max-disk",
            paramLabel = "<MiB>",
            defaultValue = "2048",
            description = "What clips may take (default: ${DEFAULT-VALUE}).")
    private long maxDisk;

    @Option(
            names = "--max-waiting",
            defaultValue = "32",
            description = "Clips that may wait; further ones are refused (default: ${DEFAULT-VALUE}).")
    private int maxWaiting;

    @Mixin
    private ModelArguments modelArguments;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        ServerOptions options = options();
        modelArguments.makeDefault(spec.commandLine().getErr());
        CountDownLatch stop = new CountDownLatch(1);
        try (CancelOnSignal signal = new CancelOnSignal(stop::countDown, PATIENCE);
                OpenModels models = new OpenModels(modelArguments.directories(), openOptions());
                VideoServer server = VideoServer.start(models.all(), options)) {
            String query = options.token() == null ? "" : "?token=" + options.token();
            String names = models.all().stream().map(FsVideo::description).collect(Collectors.joining(" and "));
            out.println("serving " + names + " at " + server.address() + query);
            out.println("clips are kept in " + options.folder() + "; Ctrl-C ends");
            out.flush();
            stop.await();
            return 0;
        }
    }

    /** @throws ParameterException for options of one model beside several */
    private OpenOptions openOptions() {
        OpenOptions options = modelArguments.openOptions().withQueueLimit(maxWaiting);
        int count = modelArguments.directories().size();
        if (count > 1 && !(options.weights().isEmpty() && options.loras().isEmpty())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--transformer and --lora must be given with one --model only, got them with " + count);
        }
        return options;
    }

    private ServerOptions options() {
        String token = System.getenv(TOKEN);
        if (token == null && !ServerOptions.isLoopback(host)) {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        }
        Path folder = clips == null ? Path.of(System.getProperty("user.home"), ".fsvideo", "clips") : clips;
        ServerOptions local = ServerOptions.local(port, folder);
        return new ServerOptions(
                host,
                port,
                token,
                folder,
                local.maxUploadBytes(),
                local.maxPixels(),
                local.maxClipPixels(),
                local.maxSteps(),
                maxDisk << 20,
                Duration.ofDays(keepDays),
                local.maxConnections(),
                local.patience(),
                local.heartbeat());
    }
}
