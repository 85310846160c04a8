package io.fsvideo.media;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A clip in memory: frames of 8-bit sRGB, one size, a constant rate, and text that is written into the file. Immutable;
 * one byte per channel on the Java heap (121 frames of 768 x 1280: 357 MB).
 */
public final class Video {
    private final int height;
    private final int width;
    private final int fps;
    private final List<byte[]> frames;
    private final Map<String, String> metadata;

    Video(int height, int width, int fps, List<byte[]> frames, Map<String, String> metadata) {
        this.height = height;
        this.width = width;
        this.fps = fps;
        this.frames = List.copyOf(frames);
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * Rounds a whole clip to 8 bits; {@link FrameCollector} does the same piece by piece.
     *
     * @param pixels {@code [frames, height, width, 3]} in [-1, 1]; values outside are clamped
     * @param fps frames per second
     * @throws VideoException if a value is NaN or the length does not fit
     */
    public static Video ofFloats(float[] pixels, int height, int width, int fps) {
        FrameCollector frames = new FrameCollector(height, width, fps);
        frames.append(pixels);
        return frames.video();
    }

    /** The same frames with other metadata (prompt, seed, steps, ...), kept in this order in the file. */
    public Video withMetadata(Map<String, String> metadata) {
        return new Video(height, width, fps, frames, metadata);
    }

    /**
     * Writes the clip in the format its file name asks for, see {@link VideoFormat#of}.
     *
     * <p>The clip is written beside the target under a temporary name and moved into place when it is complete; an
     * existing file is replaced then. On failure nothing is left behind and an existing file stays as it was.
     *
     * @throws VideoException if the name has no known ending, or writing fails
     */
    public void write(Path target) {
        write(target, VideoFormat.of(target));
    }

    /** Writes the clip in this format, whatever the name; otherwise as {@link #write(Path)}. */
    public void write(Path target, VideoFormat format) {
        new AtomicOutput(target).write(format, temporary -> format.encode(this, temporary));
    }

    /** Writes H.264 in MP4, see {@link VideoFormat#MP4}. */
    public void writeMp4(Path target) {
        write(target, VideoFormat.MP4);
    }

    /**
     * The metadata in a file that {@link #write(Path)} made.
     *
     * @throws VideoException if the file cannot be read or is not an MP4, PNG or GIF
     */
    public static Map<String, String> readMetadata(Path file) {
        return MetadataReader.read(file);
    }

    /** Number of frames. */
    public int frames() {
        return frames.size();
    }

    /** Height of every frame in pixels. */
    public int height() {
        return height;
    }

    /** Width of every frame in pixels. */
    public int width() {
        return width;
    }

    /** Frames per second. */
    public int fps() {
        return fps;
    }

    /** Text written into the file, unmodifiable. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** A copy of one frame, {@code [height, width, 3]}, RGB. */
    public byte[] frame(int index) {
        return frames.get(index).clone();
    }

    /** One frame itself, for this package to read. */
    byte[] pixels(int index) {
        return frames.get(index);
    }
}
