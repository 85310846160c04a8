package io.fsvideo.media;

import io.fsvideo.natives.NativeFolder;
import java.io.IOException;
import java.nio.file.Path;

/** Guards {@link Mp4File}: FFmpeg is an optional dependency, and its classes load only behind this check. */
final class Mp4Writer {
    private static final String PRESENT = "org.bytedeco.ffmpeg.global.avcodec";

    /** OpenH264 encodes no smaller pictures. */
    private static final int SMALLEST = 16;

    private Mp4Writer() {}

    static void write(Video video, Path file) throws IOException {
        requireFfmpeg();
        if (video.height() % 2 != 0 || video.width() % 2 != 0 || Math.min(video.height(), video.width()) < SMALLEST) {
            throw new RefusedException("MP4 must have an even height and width of at least " + SMALLEST
                    + ", got height " + video.height() + ", width " + video.width()
                    + "; write an .apng or .y4m instead");
        }
        liftJavaCppLimit();
        NativeFolder.use();
        try (Mp4File mp4 = new Mp4File(video, file)) {
            mp4.write();
        } catch (LinkageError e) {
            throw missing("its native library does not load: " + e, e);
        }
    }

    private static void requireFfmpeg() throws IOException {
        try {
            Class.forName(PRESENT, false, Mp4Writer.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw missing("FFmpeg is not on the class path", e);
        }
    }

    private static RefusedException missing(String what, Throwable cause) {
        return new RefusedException(
                "MP4 needs FFmpeg, and " + what + "; add the Maven artifact org.bytedeco:ffmpeg:8.0.1-1.5.13, once"
                        + " plain and once with the classifier of this platform (such as linux-x86_64), and"
                        + " org.bytedeco:javacpp:1.5.13 with the same classifier, or write an .apng, .gif or .y4m instead",
                cause);
    }

    /** JavaCPP otherwise refuses to work in a process four times as large as the Java heap; read once, when its first class loads. */
    private static void liftJavaCppLimit() {
        String limit = "org.bytedeco.javacpp.maxPhysicalBytes";
        if (System.getProperty(limit) == null) {
            System.setProperty(limit, "0");
        }
    }
}
