package io.fsvideo.server;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Models that are opened at the start and closed together. Jobs of several take turns on one thread, so that one computes at a time. */
final class OpenModels implements AutoCloseable {
    private final List<FsVideo> models = new ArrayList<>();
    private final ExecutorService turns;

    /** @throws RuntimeException as {@link FsVideo#open}; none stays open */
    OpenModels(List<Path> directories, OpenOptions options) {
        turns = directories.size() > 1 ? Executors.newSingleThreadExecutor(OpenModels::thread) : null;
        OpenOptions shared = turns == null ? options : options.withExecutor(turns);
        try {
            for (Path directory : directories) {
                models.add(FsVideo.open(directory, shared));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "fsvideo-turns");
        thread.setDaemon(true);
        return thread;
    }

    List<FsVideo> all() {
        return List.copyOf(models);
    }

    @Override
    public void close() {
        models.forEach(FsVideo::close);
        if (turns != null) {
            turns.shutdown();
        }
    }
}
