package io.fsvideo.server;

import io.fsvideo.FsVideo;
import io.fsvideo.ModelInfo;
import io.fsvideo.RequestException;
import io.fsvideo.media.VideoFormat;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves open models over HTTP until it is closed; the models stay open.
 *
 * <pre>{@code
 * try (FsVideo model = FsVideo.open(directory);
 *         VideoServer server = VideoServer.start(model, ServerOptions.local(8080, Path.of("clips")))) {
 *     System.out.println(server.address());
 *     Thread.currentThread().join();
 * }
 * }</pre>
 *
 * @since 0.1
 */
public final class VideoServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VideoServer.class);
    private static final int THREADS = 24;
    private static final int HEAD_BYTES = 8192;

    private final Server server;
    private final ServerConnector connector;
    private final Clips clips;
    private final Api api;
    private final ServerOptions options;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "fsvideo-server-timer");
        thread.setDaemon(true);
        return thread;
    });

    private VideoServer(Models models, ServerOptions options) throws IOException {
        this.options = options;
        Metrics metrics = new Metrics();
        clips = new Clips(models, options, new ClipFolder(options.folder(), options.maxDiskBytes()), metrics);
        api = new Api(models, options, clips, metrics);
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, 2);
        threads.setName("fsvideo-http");
        threads.setDaemon(true);
        server = new Server(threads);
        server.setStopTimeout(0);
        server.setErrorHandler(new ErrorPages());
        server.setHandler(api);
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration()));
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setIdleTimeout(2 * options.patience().toMillis());
        SlowRequests slow = new SlowRequests(options.patience());
        connector.addBean(slow);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(options.maxConnections(), connector));
        every(1_000, slow::sweep);
        every(options.heartbeat().toMillis(), clips::heartbeat);
        every(3_600_000, clips::removeOld);
    }

    private void every(long millis, Runnable task) {
        timer.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        // A timer that throws once would never run again.
                        LOG.error("The server's timer met a defect", e);
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        http.setRequestHeaderSize(HEAD_BYTES);
        http.setUriCompliance(UriCompliance.RFC3986);
        return http;
    }

    /** Does what {@link #start(List, ServerOptions)} does with one model. */
    public static VideoServer start(FsVideo model, ServerOptions options) {
        return start(List.of(model), options);
    }

    /**
     * Starts to serve. Each model has its own queue; where they share an {@link io.fsvideo.OpenOptions#withExecutor executor} of one
     * thread, their jobs take turns.
     *
     * @param models of different names; requests that name none get the first
     * @throws RequestException when the address is taken, the folder of clips cannot be used, or two models have one name
     * @throws io.fsvideo.media.VideoException when MP4 cannot be written, which needs FFmpeg
     */
    public static VideoServer start(List<FsVideo> models, ServerOptions options) {
        VideoServer started;
        for (FsVideo model : models) {
            ModelInfo info = model.model();
            VideoFormat.MP4.requireEncodable(info.height(), info.width(), info.framesPerSecond());
        }
        try {
            started = new VideoServer(new Models(models), options);
        } catch (IOException e) {
            throw new RequestException("serve: the folder of clips must be usable, got " + e.getMessage());
        }
        try {
            started.server.start();
            return started;
        } catch (Exception e) {
            started.close();
            Throwable reason = e.getCause() == null ? e : e.getCause();
            throw new RequestException("serve: " + options.host() + ":" + options.port()
                    + " must be free to listen on, got " + reason.getMessage() + "; choose another port");
        }
    }

    /** Returns where the server listens. */
    public URI address() {
        String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        return URI.create("http://" + host + ":" + connector.getLocalPort() + "/");
    }

    Set<String> routes() {
        return api.routes();
    }

    int connections() {
        return connector.getConnectedEndPoints().size();
    }

    int watchers() {
        return clips.watchers();
    }

    /** Stops to listen and drops the connections there are. Jobs go on until the model is closed; they are not kept. */
    @Override
    public void close() {
        timer.shutdownNow();
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("The server did not stop cleanly", e);
        }
        try {
            clips.close();
        } catch (IOException e) {
            LOG.warn("The folder of clips could not be released", e);
        }
    }
}
