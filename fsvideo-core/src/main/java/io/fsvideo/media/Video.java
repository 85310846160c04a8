package io.fsvideo.media;

import io.fsvideo.files.Temporary;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
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
        VideoException.given("Video.withMetadata", "metadata", metadata).forEach((key, value) -> {
            VideoException.given("Video.withMetadata", "every key of metadata", key);
            VideoException.given("Video.withMetadata", "the metadata's " + key, value);
        });
        return new Video(height, width, fps, frames, metadata);
    }

    /**
     * The same frames at another rate, which makes the clip longer or shorter and its motion slower or faster.
     *
     * @param fps frames per second, 1 to 1000
     * @throws VideoException when the rate is outside its limits
     */
    public Video withFps(int fps) {
        if (fps < 1 || fps > 1000) {
            throw new VideoException("Video.withFps: fps must be within 1..1000, got " + fps);
        }
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
        VideoException.given("Video.write", "target", target);
        VideoException.given("Video.write", "format", format);
        new AtomicOutput(target).write(format, temporary -> format.encode(this, temporary));
    }

    /** Writes H.264 in MP4, see {@link VideoFormat#MP4}. */
    public void writeMp4(Path target) {
        write(target, VideoFormat.MP4);
    }

    /**
     * Writes the clip to a stream, which stays open. Formats that go back in the file, such as MP4, are made in a temporary file first.
     *
     * @throws VideoException if the format is a folder of files, or writing fails; the stream may hold a part then
     */
    public void write(OutputStream out, VideoFormat format) {
        VideoException.given("Video.write", "out", out);
        VideoException.given("Video.write", "format", format);
        if (format == VideoFormat.PNG_SEQUENCE) {
            throw new VideoException("Video.write: a stream must get a format of one file, got " + format);
        }
        try {
            try (Temporary folder = Temporary.folder()) {
                Path made = folder.path().resolve("made");
                format.encode(this, made);
                Files.copy(made, out);
            }
        } catch (IOException e) {
            throw new VideoException("Video.write: the clip cannot be written as " + format + ": " + e.getMessage(), e);
        }
    }

    /** Returns the clip as a file of this format, see {@link #write(OutputStream, VideoFormat)}. */
    public byte[] toBytes(VideoFormat format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        write(bytes, format);
        return bytes.toByteArray();
    }

    /**
     * The metadata in a file that {@link #write(Path)} made.
     *
     * @throws VideoException if the file cannot be read or is not an MP4, PNG or GIF
     */
    public static Map<String, String> readMetadata(Path file) {
        return MetadataReader.read(VideoException.given("Video.readMetadata", "file", file));
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

    /** A copy of one frame as the JDK's picture, {@link BufferedImage#TYPE_INT_RGB}. */
    public BufferedImage image(int index) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        byte[] rgb = frames.get(index);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = 3 * (y * width + x);
                row[x] = (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | rgb[at + 2] & 0xff;
            }
            image.setRGB(0, y, width, 1, row, 0, width);
        }
        return image;
    }

    /** One frame itself, for this package to read. */
    byte[] pixels(int index) {
        return frames.get(index);
    }
}
