package io.fsvideo.media;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Collects the frames of a clip as a decoder yields them, rounded to 8 bits at once. Not thread-safe. */
public final class FrameCollector {
    private final int height;
    private final int width;
    private final int fps;
    private final List<byte[]> frames = new ArrayList<>();

    /** An empty clip of this size and rate. */
    public FrameCollector(int height, int width, int fps) {
        if (height <= 0 || width <= 0 || fps <= 0) {
            throw new VideoException("FrameCollector: height, width and fps must be positive, got height " + height
                    + ", width " + width + ", fps " + fps);
        }
        if (3L * height * width > Integer.MAX_VALUE - 8) {
            throw new VideoException("FrameCollector: a frame must have at most " + (Integer.MAX_VALUE - 8) / 3
                    + " pixels, got height " + height + " x width " + width);
        }
        this.height = height;
        this.width = width;
        this.fps = fps;
    }

    /**
     * Adds whole frames. A value v becomes {@code floor((v + 1) * 127.5 + 0.5)}, clamped to 0..255.
     *
     * @param pixels {@code [frames, height, width, 3]} in [-1, 1], for any number of frames
     * @throws VideoException if the length is not a whole number of frames or a value is NaN; nothing is added then
     */
    public void append(float[] pixels) {
        VideoException.given("FrameCollector.append", "pixels", pixels);
        int size = 3 * height * width;
        if (pixels.length % size != 0) {
            throw new VideoException("FrameCollector.append: pixels must be [frames, " + height + ", " + width
                    + ", 3], a multiple of " + size + " values, got " + pixels.length);
        }
        List<byte[]> added = new ArrayList<>();
        for (int start = 0; start < pixels.length; start += size) {
            added.add(rounded(pixels, start, size, frames.size() + added.size()));
        }
        frames.addAll(added);
    }

    /** The clip collected so far. */
    public Video video() {
        if (frames.isEmpty()) {
            throw new VideoException("FrameCollector.video: a clip must have at least 1 frame, got 0");
        }
        return new Video(height, width, fps, frames, Map.of());
    }

    private byte[] rounded(float[] pixels, int start, int size, int frame) {
        byte[] out = new byte[size];
        for (int i = 0; i < size; i++) {
            float value = pixels[start + i];
            if (Float.isNaN(value)) {
                throw new VideoException("FrameCollector.append: every value must be a number, got NaN in frame "
                        + frame + " at row " + i / 3 / width + ", column " + i / 3 % width + ", channel " + i % 3);
            }
            out[i] = (byte) Math.max(0, Math.min(255, (int) Math.floor((value + 1.0) * 127.5 + 0.5)));
        }
        return out;
    }
}
