package io.fsvideo.media;

import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.adobe.AdobeJpegDirectory;
import com.drew.metadata.adobe.AdobeJpegReader;
import com.drew.metadata.jpeg.JpegDirectory;
import com.drew.metadata.jpeg.JpegReader;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

/**
 * Four-component JPEGs, which the JDK decodes only to raw samples. With an Adobe marker the samples are inverted ink
 * (255 = none) and may be YCCK; without one they are plain ink. Inks multiply over white: {@code r = (1 - c)(1 - k)}.
 */
final class CmykJpeg {
    private static final int YCCK = 2;

    private final Metadata metadata = new Metadata();

    CmykJpeg(byte[] bytes) throws IOException {
        try {
            JpegMetadataReader.process(
                    metadata, new ByteArrayInputStream(bytes), List.of(new JpegReader(), new AdobeJpegReader()));
        } catch (JpegProcessingException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Whether the file has four components. */
    boolean matches() {
        JpegDirectory frame = metadata.getFirstDirectoryOfType(JpegDirectory.class);
        Integer components = frame == null ? null : frame.getInteger(JpegDirectory.TAG_NUMBER_OF_COMPONENTS);
        return components != null && components == 4;
    }

    /** Converts the raw samples of the whole picture. @param profile of its inks, null for none */
    Image convert(Raster raster, ColourProfile profile) {
        AdobeJpegDirectory adobe = metadata.getFirstDirectoryOfType(AdobeJpegDirectory.class);
        Integer transform = adobe == null ? null : adobe.getInteger(AdobeJpegDirectory.TAG_COLOR_TRANSFORM);
        int height = raster.getHeight();
        int width = raster.getWidth();
        float[] inks = profile == null ? null : new float[4 * height * width];
        float[] rgb = profile == null ? new float[3 * height * width] : null;
        int[] row = new int[4 * width];
        for (int y = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                if (transform != null && transform == YCCK) {
                    toCmyk(row, 4 * x);
                }
                for (int c = 0; profile != null && c < 4; c++) {
                    inks[4 * (y * width + x) + c] = 1 - light(adobe, row[4 * x + c]);
                }
                for (int c = 0; profile == null && c < 3; c++) {
                    rgb[3 * (y * width + x) + c] = light(adobe, row[4 * x + c]) * light(adobe, row[4 * x + 3]);
                }
            }
        }
        return new Image(height, width, profile == null ? rgb : profile.convert(inks, width));
    }

    private static float light(AdobeJpegDirectory adobe, int sample) {
        return (adobe == null ? 255 - sample : sample) / 255f;
    }

    private static void toCmyk(int[] samples, int at) {
        double luma = samples[at];
        double cb = samples[at + 1] - 128;
        double cr = samples[at + 2] - 128;
        samples[at] = inverted(luma + 1.402 * cr);
        samples[at + 1] = inverted(luma - 0.344136286 * cb - 0.714136286 * cr);
        samples[at + 2] = inverted(luma + 1.772 * cb);
    }

    private static int inverted(double value) {
        return (int) (255.5 - Math.min(255, Math.max(0, value)));
    }
}
