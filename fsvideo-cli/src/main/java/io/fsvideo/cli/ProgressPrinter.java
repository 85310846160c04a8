package io.fsvideo.cli;

import io.fsvideo.Progress;
import io.fsvideo.ProgressListener;
import java.io.PrintWriter;
import java.util.Locale;

/** Shows a generation's progress, stage by stage. */
final class ProgressPrinter implements ProgressListener, AutoCloseable {
    private final ProgressLine line;

    ProgressPrinter(PrintWriter err, ProgressLine.Style style) {
        this.line = new ProgressLine(err, style);
    }

    @Override
    public void onProgress(Progress progress) {
        String name = progress.stage().name().toLowerCase(Locale.ROOT);
        line.show(name, progress.step(), progress.steps(), progress.elapsed(), progress.remaining());
    }

    /** Ends the open line. */
    @Override
    public void close() {
        line.close();
    }
}
