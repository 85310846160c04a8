package io.fsvideo.server;

import io.fsvideo.Preview;
import io.fsvideo.media.Video;
import io.fsvideo.media.VideoException;
import io.fsvideo.media.VideoFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A preview of a clip in the making, as files that are made when they are first asked for and are never kept. Thread-safe. */
final class PreviewFile {
    private static final Logger LOG = LoggerFactory.getLogger(PreviewFile.class);

    private final Preview preview;
    private byte[] animation;
    private byte[] still;

    PreviewFile(Preview preview) {
        this.preview = preview;
    }

    boolean isOf(Preview other) {
        return preview == other;
    }

    /** What tells it from others of its clip. */
    String name() {
        return preview.stage().name().toLowerCase(Locale.ROOT) + "-" + preview.step();
    }

    /** GIF. */
    synchronized byte[] animation() {
        if (animation == null) {
            animation = made(() -> preview.video().toBytes(VideoFormat.GIF));
        }
        return animation;
    }

    /** Its last frame as PNG. */
    synchronized byte[] still() {
        if (still == null) {
            still = made(() -> {
                Video video = preview.video();
                ByteArrayOutputStream png = new ByteArrayOutputStream();
                ImageIO.write(video.image(video.frames() - 1), "png", png);
                return png.toByteArray();
            });
        }
        return still;
    }

    private interface Encoding {
        byte[] run() throws IOException;
    }

    private static byte[] made(Encoding encoding) {
        try {
            return encoding.run();
        } catch (VideoException | IOException e) {
            LOG.warn("A preview could not be made", e);
            throw new ApiException(404, "no_preview", "the preview could not be made");
        }
    }
}
