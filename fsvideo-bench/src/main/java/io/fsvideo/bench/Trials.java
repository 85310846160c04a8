package io.fsvideo.bench;

import io.fsvideo.Request;
import io.fsvideo.pipeline.ModelConfig;
import java.io.PrintWriter;
import java.util.Locale;

/** What trials of a part of a model share: a request that shows nothing, and how memory is told. */
final class Trials {
    private static final double MEBI = 1 << 20;
    private static final int SIDE = 8;

    private Trials() {}

    /** The model's default video, of as many blank images as it takes. */
    static Request request(ModelConfig config) {
        return config.inputs()
                .blank(SIDE, SIDE)
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
