package io.fsvideo.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows how far work is: one line that redraws itself on a terminal, elsewhere a line when a part starts, when it ends, and at most
 * every second for each tenth.
 */
public final class ProgressLine implements AutoCloseable {
    private static final int WIDTH = 30;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String RETURN_AND_CLEAR = "\r\u001b[K";

    /** How to show it. */
    public enum Style {
        BAR,
        LINES;

        /** A bar when standard error is a terminal. */
        public static Style here() {
            return Terminal.isInteractive() ? BAR : LINES;
        }
    }

    private final PrintWriter err;
    private final Style style;
    private long began = System.nanoTime();
    private String timed;
    private String part;
    private long tenth;
    private Duration printed = Duration.ZERO;
    private boolean lineOpen;

    public ProgressLine(PrintWriter err, Style style) {
        this.err = err;
        this.style = style;
    }

    /** Steps done of a part; the time left is estimated from the time since the part was first shown, so show it at 0. */
    public void show(String name, long done, long total) {
        if (!name.equals(timed)) {
            timed = name;
            began = System.nanoTime();
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
        double left = done == 0 ? 0 : elapsed.toMillis() * (double) (total - done) / done;
        show(name, done, total, elapsed, Duration.ofMillis((long) left));
    }

    /** @param remaining zero while unknown */
    void show(String name, long done, long total, Duration elapsed, Duration remaining) {
        String numbers = "step " + done + "/" + total + ", " + clock(elapsed) + " elapsed"
                + (remaining.isZero() ? "" : ", about " + clock(remaining) + " left");
        if (style == Style.BAR) {
            drawBar(name, done, total, numbers);
        } else if (isNews(name, done, total, elapsed)) {
            err.println(String.format(Locale.ROOT, "%-8s %s", name, numbers));
        }
        err.flush();
    }

    private void drawBar(String name, long done, long total, String numbers) {
        if (lineOpen && !name.equals(part)) {
            err.println();
        }
        part = name;
        int filled = (int) (WIDTH * done / Math.max(1, total));
        err.print(RETURN_AND_CLEAR);
        err.print(String.format(
                Locale.ROOT, "%-8s [%s%s] %s", name, "#".repeat(filled), ".".repeat(WIDTH - filled), numbers));
        lineOpen = true;
    }

    private boolean isNews(String name, long done, long total, Duration elapsed) {
        long now = 10 * done / Math.max(1, total);
        boolean starts = !name.equals(part);
        boolean goesOn = now != tenth && elapsed.minus(printed).compareTo(PAUSE) >= 0;
        boolean news = starts || done == total || goesOn;
        if (news) {
            part = name;
            tenth = now;
            printed = elapsed;
        }
        return news;
    }

    private static String clock(Duration time) {
        long seconds = (time.toMillis() + 500) / 1000;
        return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
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
