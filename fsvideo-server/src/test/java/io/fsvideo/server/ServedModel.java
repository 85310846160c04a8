package io.fsvideo.server;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.SmallModel;
import java.nio.file.Path;
import java.time.Duration;

/** A small model that is served, with limits that a test can reach. */
final class ServedModel implements AutoCloseable {
    final FsVideo model;
    final VideoServer server;
    final Client client;

    ServedModel(ServerOptions options, int queue) {
        model = FsVideo.open(
                SmallModel.withPreviews(), OpenOptions.defaults().withThreads(1).withQueueLimit(queue));
        server = VideoServer.start(model, options);
        client = new Client(server.address());
    }

    static ServerOptions options(Path folder) {
        return options(folder, null, 2L << 30, Duration.ofDays(30), Duration.ofSeconds(20));
    }

    static ServerOptions options(Path folder, String token, long disk, Duration age, Duration patience) {
        return new ServerOptions(
                "127.0.0.1",
                0,
                token,
                folder,
                1 << 20,
                2_000_000,
                2_000_000,
                500,
                disk,
                age,
                100,
                patience,
                Duration.ofMillis(300));
    }

    @Override
    public void close() {
        server.close();
        model.close();
    }
}
