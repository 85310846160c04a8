package io.fsvideo.media;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.IIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.FileImageOutputStream;

/** Animated GIF through the JDK's writer, which picks 256 colours for each frame. */
final class GifWriter {
    private static final int FASTEST = 50;
    private static final String FORMAT = "javax_imageio_gif_image_1.0";

    private GifWriter() {}

    static void write(Video video, Path file) throws IOException {
        if (video.fps() > FASTEST) {
            throw new RefusedException("GIF must have at most " + FASTEST + " frames per second, got " + video.fps()
                    + "; write an .apng or .mp4 instead");
        }
        ImageWriter writer = writer();
        try (FileImageOutputStream out = new FileImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.prepareWriteSequence(null);
            for (int i = 0; i < video.frames(); i++) {
                BufferedImage frame = video.image(i);
                IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(frame), null);
                metadata.setFromTree(FORMAT, controls(video, i, metadata));
                writer.writeToSequence(new IIOImage(frame, null, metadata), null);
            }
            writer.endWriteSequence();
        } catch (IIOException e) {
            // The writer hides the reason behind "I/O error writing header!".
            throw e.getCause() instanceof IOException reason ? reason : e;
        } finally {
            writer.dispose();
        }
    }

    private static ImageWriter writer() throws IOException {
        Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("gif");
        while (writers.hasNext()) {
            ImageWriter writer = writers.next();
            if (writer.getClass().getModule() == ImageIO.class.getModule()) {
                return writer;
            }
        }
        throw new RefusedException("this Java runtime has no GIF writer in its java.desktop module");
    }

    private static IIOMetadataNode controls(Video video, int index, IIOMetadata metadata) {
        IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(FORMAT);
        // Delays are differences of rounded times, so that rounding does not add up over the clip.
        long delay = hundredths(index + 1, video.fps()) - hundredths(index, video.fps());
        IIOMetadataNode control = child(root, "GraphicControlExtension");
        control.setAttribute("disposalMethod", "none");
        control.setAttribute("userInputFlag", "FALSE");
        control.setAttribute("transparentColorFlag", "FALSE");
        control.setAttribute("transparentColorIndex", "0");
        control.setAttribute("delayTime", Long.toString(delay));
        if (index == 0) {
            IIOMetadataNode loop = child(child(root, "ApplicationExtensions"), "ApplicationExtension");
            loop.setAttribute("applicationID", "NETSCAPE");
            loop.setAttribute("authenticationCode", "2.0");
            loop.setUserObject(new byte[] {1, 0, 0});
            IIOMetadataNode comment = child(child(root, "CommentExtensions"), "CommentExtension");
            comment.setAttribute("value", MetadataJson.write(video.metadata()));
        }
        return root;
    }

    private static long hundredths(int frames, int fps) {
        return Math.round(frames * 100.0 / fps);
    }

    private static IIOMetadataNode child(IIOMetadataNode parent, String name) {
        if (parent.getElementsByTagName(name).getLength() > 0) {
            return (IIOMetadataNode) parent.getElementsByTagName(name).item(0);
        }
        IIOMetadataNode node = new IIOMetadataNode(name);
        parent.appendChild(node);
        return node;
    }
}
