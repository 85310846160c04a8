package io.fsvideo.media;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * YUV4MPEG2: one text header, then each frame's three planes. The header has no word for the matrix, so the planes are in the one that
 * readers assume for the size.
 */
final class Y4mWriter {
    private Y4mWriter() {}

    static void write(Video video, Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            String header = "YUV4MPEG2 W" + video.width() + " H" + video.height() + " F" + video.fps()
                    + ":1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=LIMITED\n";
            out.write(header.getBytes(StandardCharsets.US_ASCII));
            Yuv420 yuv =
                    new Yuv420(video.height(), video.width(), Yuv420.Matrix.assumed(video.height(), video.width()));
            for (int i = 0; i < video.frames(); i++) {
                yuv.convert(video.pixels(i));
                out.write("FRAME\n".getBytes(StandardCharsets.US_ASCII));
                out.write(yuv.luma);
                out.write(yuv.cb);
                out.write(yuv.cr);
            }
        }
    }
}
