package io.fsvideo.bench;

import io.fsvideo.ModelConfig;
import io.fsvideo.Request;
import io.fsvideo.WanConfig;
import io.fsvideo.WanKind;
import io.fsvideo.media.Image;
import java.io.PrintWriter;
import java.util.Locale;

/** What trials of a part of a model share: a request that shows nothing, and how memory is told. */
final class Trials {
    private static final double MEBI = 1 << 20;
    private static final int SIDE = 8;

    private Trials() {}

    /** The model's default video, of as many blank images as it takes. */
    static Request request(ModelConfig config) {
        Image blank = Image.of(SIDE, SIDE, new float[3 * SIDE * SIDE]);
        WanKind kind = config instanceof WanConfig wan ? wan.kind() : WanKind.IMAGE_TO_VIDEO;
        Request request = kind.takesImage() ? Request.of(blank) : Request.ofPrompt("");
        return (kind.takesLastImage() ? request.withLastImage(blank) : request)
                .withSize(config.pipeline().height(), config.pipeline().width());
    }

    static void printMemory(PrintWriter out, long weights, long peak, long planned) {
        out.printf(
                Locale.ROOT,
                "weights %.1f MiB, peak %.1f MiB, planned %.1f MiB (measured / planned %.3f), process %.1f MiB%n",
                weights / MEBI,
                peak / MEBI,
                planned / MEBI,
                (double) peak / planned,
                Resident.peakBytes() / MEBI);
    }
}
