package io.fsvideo.cli;

import io.fsvideo.Progress;
import io.fsvideo.ProgressListener;
import io.fsvideo.Stage;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Shows progress: one line that redraws itself on a terminal, elsewhere a line when a stage starts, when it ends, and at most every second for each tenth. */
final class ProgressPrinter implements ProgressListener, AutoCloseable {
    private static final int WIDTH = 30;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String RETURN_AND_CLEAR = "\r\u001b[K";

    /** How to show it. */
    enum Style {
        BAR,
        LINES;

        /** A bar when standard error is a terminal. */
        static Style here() {
            return Terminal.isInteractive() ? BAR : LINES;
        }
    }

    private final PrintWriter err;
    private final Style style;
    private Stage stage;
    private int tenth;
    private Duration printed = Duration.ZERO;
    private boolean lineOpen;

    ProgressPrinter(PrintWriter err, Style style) {
        this.err = err;
        this.style = style;
    }

    @Override
    public void onProgress(Progress progress) {
        if (style == Style.BAR) {
            drawBar(progress);
        } else if (isNews(progress)) {
            err.println(line(progress));
        }
        err.flush();
    }

    private void drawBar(Progress progress) {
        if (lineOpen && progress.stage() != stage) {
            err.println();
        }
        stage = progress.stage();
        int filled = WIDTH * progress.step() / Math.max(1, progress.steps());
        err.print(RETURN_AND_CLEAR);
        err.print(String.format(
                "%-8s [%s%s] %s", name(progress), "#".repeat(filled), ".".repeat(WIDTH - filled), numbers(progress)));
        lineOpen = true;
    }

    private boolean isNews(Progress progress) {
        int now = 10 * progress.step() / Math.max(1, progress.steps());
        boolean starts = progress.stage() != stage;
        boolean ends = progress.step() == progress.steps();
        boolean goesOn = now != tenth && progress.elapsed().minus(printed).compareTo(PAUSE) >= 0;
        boolean news = starts || ends || goesOn;
        if (news) {
            stage = progress.stage();
            tenth = now;
            printed = progress.elapsed();
        }
        return news;
    }

    private static String line(Progress progress) {
        return String.format("%-8s %s", name(progress), numbers(progress));
    }

    private static String name(Progress progress) {
        return progress.stage().name().toLowerCase(Locale.ROOT);
    }

    private static String numbers(Progress progress) {
        String left = progress.remaining().isZero() ? "" : ", about " + clock(progress.remaining()) + " left";
        return "step " + progress.step() + "/" + progress.steps() + ", " + clock(progress.elapsed()) + " elapsed"
                + left;
    }

    private static String clock(Duration time) {
        long seconds = (time.toMillis() + 500) / 1000;
        return String.format("%d:%02d", seconds / 60, seconds % 60);
    }

    /** Ends the open line. */
    @Override
    public void close() {
        if (lineOpen) {
            err.println();
            lineOpen = false;
        }
    }
}
