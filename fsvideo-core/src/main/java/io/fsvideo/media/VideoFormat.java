package io.fsvideo.media;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What a clip can be written as. */
public enum VideoFormat {
    /**
     * {@code .mp4}: H.264 in yuv420p, BT.709 limited range and tagged so, index in front. Needs FFmpeg on the class path
     * and an even height and width of 16 or more. Metadata: a JSON object in the comment tag.
     */
    MP4(List.of(".mp4"), Mp4Writer::write),

    /** {@code .apng} or {@code .png}: animated PNG, lossless, endless loop. Metadata: one iTXt chunk per entry. */
    APNG(List.of(".apng", ".png"), PngWriter::writeAnimation),

    /**
     * {@code .gif}: 256 colours chosen per frame, endless loop, at most 50 frames per second; delays are whole
     * hundredths of a second and add up to the clip's length. Metadata: a JSON object in a comment.
     */
    GIF(List.of(".gif"), GifWriter::write),

    /**
     * A name without an ending: a directory {@code frame-0001.png, frame-0002.png, ...}, which must be absent or empty.
     * Metadata: one iTXt chunk per entry in every file.
     */
    PNG_SEQUENCE(List.of(""), PngWriter::writeSequence),

    /**
     * {@code .y4m}: raw 4:2:0 (chroma sited left), limited range, BT.601 up to 576 lines and 1279 columns and BT.709 above,
     * as players assume. The format has no place for metadata that
     * readers accept, so none is written.
     */
    Y4M(List.of(".y4m"), Y4mWriter::write);

    private final List<String> endings;
    private final Encoder encoder;

    VideoFormat(List<String> endings, Encoder encoder) {
        this.endings = endings;
        this.encoder = encoder;
    }

    /**
     * The format that a file name asks for by its ending, upper or lower case.
     *
     * @throws VideoException if the ending is none of the above
     */
    public static VideoFormat of(Path target) {
        Path last = VideoException.given("VideoFormat.of", "target", target).getFileName();
        String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        String ending = dot < 0 ? "" : name.substring(dot);
        for (VideoFormat format : values()) {
            if (format.endings.contains(ending)) {
                return format;
            }
        }
        throw new VideoException("VideoFormat.of: " + target
                + " must end in .mp4, .apng, .png, .gif or .y4m, or have no ending (a directory of PNG files), got "
                + ending);
    }

    /**
     * Asks before the work whether its result could be written; a file that is there already stays as it is.
     *
     * @throws VideoException if a clip could not be written to {@code target} now
     */
    public void requireWritable(Path target) {
        new AtomicOutput(VideoException.given("Video.write", "target", target)).requireWritable(this);
    }

    /**
     * Asks before the work whether a clip of this size and rate could be encoded here: encodes one black frame and forgets it.
     *
     * @throws VideoException if the format cannot hold such a clip, or a library for it is missing
     */
    public void requireEncodable(int height, int width, int fps) {
        FrameCollector black = new FrameCollector(height, width, fps);
        if (this == PNG_SEQUENCE) {
            // A PNG holds any frame, and a folder is written where it stays, without a temporary one.
            return;
        }
        black.append(new float[3 * height * width]);
        black.video().toBytes(this);
    }

    /** Writes the clip to this very path. */
    void encode(Video video, Path file) throws IOException {
        encoder.encode(video, file);
    }

    private interface Encoder {
        void encode(Video video, Path file) throws IOException;
    }
}
