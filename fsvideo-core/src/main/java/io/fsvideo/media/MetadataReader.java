package io.fsvideo.media;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.w3c.dom.NodeList;

/** Reads back the metadata that the writers embed. */
final class MetadataReader {
    /** Boxes from the top of an MP4 down to the text of its comment, and the fixed bytes before each one's children. */
    private static final String[] MP4_PATH = {"moov", "udta", "meta", "ilst", "\u00a9cmt", "data"};

    private static final int[] MP4_SKIP = {0, 0, 4, 0, 0, 8};

    private MetadataReader() {}

    static Map<String, String> read(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            ImageFormat format = ImageFormat.of(bytes);
            if (format == ImageFormat.PNG) {
                return ofPng(bytes);
            }
            String json = format == ImageFormat.GIF ? gifComment(bytes) : mp4Comment(bytes);
            return json == null ? Map.of() : MetadataJson.read(json);
        } catch (JsonProcessingException e) {
            throw new VideoException(
                    "Video.readMetadata: the comment in " + file + " must be a JSON object, got "
                            + e.getOriginalMessage(),
                    e);
        } catch (IOException | RuntimeException e) {
            throw new VideoException("Video.readMetadata: " + file + " must be an MP4, PNG or GIF file, got " + e, e);
        }
    }

    private static Map<String, String> ofPng(byte[] bytes) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (byte[] text : Chunks.ofPng(bytes, "iTXt")) {
            int end = 0;
            while (text[end] != 0) {
                end++;
            }
            String key = new String(text, 0, end, StandardCharsets.ISO_8859_1);
            metadata.put(key, new String(text, end + 5, text.length - end - 5, StandardCharsets.UTF_8));
        }
        return metadata;
    }

    private static String gifComment(byte[] bytes) throws IOException {
        ImageReader reader = ImageFormat.GIF.reader();
        try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(stream);
            IIOMetadataNode root =
                    (IIOMetadataNode) reader.getImageMetadata(0).getAsTree("javax_imageio_gif_image_1.0");
            NodeList comments = root.getElementsByTagName("CommentExtension");
            return comments.getLength() == 0 ? null : ((IIOMetadataNode) comments.item(0)).getAttribute("value");
        } finally {
            reader.dispose();
        }
    }

    private static String mp4Comment(byte[] bytes) throws IOException {
        if (bytes.length < 8 || !new String(bytes, 4, 4, StandardCharsets.ISO_8859_1).equals("ftyp")) {
            throw new IOException("none of them");
        }
        byte[] box = bytes;
        for (int i = 0; i < MP4_PATH.length && box != null; i++) {
            box = child(box, MP4_PATH[i], MP4_SKIP[i]);
        }
        return box == null ? null : new String(box, StandardCharsets.UTF_8);
    }

    /** Contents of the first child box of a type, less fixed bytes, or null. */
    private static byte[] child(byte[] parent, String type, int skip) {
        int at = 0;
        while (parent.length - at >= 8) {
            long size = Integer.toUnsignedLong(ByteBuffer.wrap(parent).getInt(at));
            if (size < 8 || size > parent.length - at) {
                return null;
            }
            if (new String(parent, at + 4, 4, StandardCharsets.ISO_8859_1).equals(type)) {
                return Arrays.copyOfRange(parent, at + 8 + skip, at + (int) size);
            }
            at += (int) size;
        }
        return null;
    }
}
