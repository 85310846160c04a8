package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoWriteTest {
    @TempDir
    Path directory;

    @Test
    void pngSequenceIsLossless() throws IOException {
        Video video = Clips.moving(3, 33, 21, 24);
        Path target = Files.createDirectory(directory.resolve("frames"));
        video.write(target);
        assertArrayEquals(new String[] {"frame-0001.png", "frame-0002.png", "frame-0003.png"}, sorted(target));
        for (int i = 0; i < 3; i++) {
            Path file = target.resolve("frame-000" + (i + 1) + ".png");
            assertFrame(video.frame(i), Image.read(file));
            assertEquals(Clips.METADATA, Video.readMetadata(file));
        }
    }

    /** Each frame's data is moved into a still PNG, which the JDK's reader then decodes. */
    @Test
    void animatedPngIsLossless() throws IOException {
        Video video = Clips.moving(4, 19, 40, 25);
        Path file = directory.resolve("clip.apng");
        video.write(file);
        assertEquals(Clips.METADATA, Video.readMetadata(file));
        byte[] bytes = Files.readAllBytes(file);
        assertFrame(video.frame(0), Image.read(bytes));
        List<byte[]> stills = new ArrayList<>();
        byte[] start = Arrays.copyOf(bytes, 33);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 8, bytes.length - 8));
        int sequence = 0;
        String type = "";
        while (!type.equals("IEND")) {
            byte[] data = new byte[in.readInt()];
            byte[] name = in.readNBytes(4);
            in.readFully(data);
            type = new String(name, StandardCharsets.US_ASCII);
            CRC32 crc = new CRC32();
            crc.update(name);
            crc.update(data);
            assertEquals((int) crc.getValue(), in.readInt(), "CRC of " + type);
            if (type.equals("acTL")) {
                assertArrayEquals(new byte[] {0, 0, 0, 4, 0, 0, 0, 0}, data);
            } else if (type.equals("fcTL")) {
                ByteBuffer control = ByteBuffer.wrap(data);
                assertEquals(sequence++, control.getInt(0));
                assertEquals(40, control.getInt(4));
                assertEquals(19, control.getInt(8));
                assertEquals(1.0 / 25, (double) control.getShort(20) / control.getShort(22), 1e-12);
            } else if (type.equals("fdAT")) {
                assertEquals(sequence++, ByteBuffer.wrap(data).getInt());
                byte[] still = Pictures.chunk("IDAT", Arrays.copyOfRange(data, 4, data.length));
                stills.add(Pictures.joined(start, still, Pictures.chunk("IEND", new byte[0])));
            }
        }
        assertEquals(0, in.available());
        assertEquals(3, stills.size());
        for (int i = 0; i < 3; i++) {
            assertFrame(video.frame(i + 1), Image.read(stills.get(i)));
        }
    }

    @Test
    void filteredRowsUseEveryByteOnce() throws IOException {
        Path file = directory.resolve("one.png");
        Clips.moving(1, 7, 5, 24).write(file);
        byte[] data = Chunks.ofPng(Files.readAllBytes(file), "IDAT").get(0);
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        try (InflaterInputStream inflater = new InflaterInputStream(new ByteArrayInputStream(data))) {
            inflater.transferTo(rows);
        }
        assertEquals(7 * (1 + 3 * 5), rows.size());
    }

    @Test
    void gifKeepsColoursAndLength() throws IOException {
        int[] colours = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff, 0x000000, 0x808080, 0xc08040, 0x20a0e0};
        Video video = Clips.patches(7, colours).withMetadata(Clips.METADATA);
        Path file = directory.resolve("clip.gif");
        video.write(file);
        assertEquals(Clips.METADATA, Video.readMetadata(file));
        ImageReader reader = ImageFormat.GIF.reader();
        reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(Files.readAllBytes(file))));
        assertEquals(7, reader.getNumImages(true));
        int hundredths = 0;
        for (int i = 0; i < 7; i++) {
            assertFrame(video.frame(i), Image.of(reader.read(i)));
            hundredths +=
                    Integer.parseInt(node(reader, i, "GraphicControlExtension").getAttribute("delayTime"));
        }
        assertEquals(Math.round(700 / 24.0), hundredths);
        IIOMetadataNode loop = node(reader, 0, "ApplicationExtension");
        assertEquals("NETSCAPE", loop.getAttribute("applicationID"));
        assertArrayEquals(new byte[] {1, 0, 0}, (byte[]) loop.getUserObject());
        reader.dispose();
    }

    @Test
    void gifRefusesRatesItCannotKeep() {
        String message = assertThrows(
                        VideoException.class, () -> Clips.moving(1, 8, 8, 60).write(directory.resolve("fast.gif")))
                .getMessage();
        assertTrue(message.contains("GIF must have at most 50 frames per second, got 60"), message);
        assertEquals(0, sorted(directory).length);
    }

    /** Red, 5 x 3: Y = 16 + 219 * 0.2126, Cb = 128 - 112 * 0.2126 / 0.9278, Cr = 240. */
    @Test
    void y4mHoldsPlanesInTheMatrixThatItsSizeSays() throws IOException {
        float[] red = new float[2 * 15 * 3];
        for (int i = 0; i < red.length; i++) {
            red[i] = i % 3 == 0 ? 1 : -1;
        }
        Path file = directory.resolve("clip.y4m");
        Video.ofFloats(red, 3, 5, 30).write(file);
        byte[] bytes = Files.readAllBytes(file);
        String header = "YUV4MPEG2 W5 H3 F30:1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=LIMITED\n";
        assertEquals(header, new String(bytes, 0, header.length(), StandardCharsets.US_ASCII));
        int frame = 6 + 15 + 2 * 6;
        assertEquals(header.length() + 2 * frame, bytes.length);
        for (int start = header.length(); start < bytes.length; start += frame) {
            assertEquals("FRAME\n", new String(bytes, start, 6, StandardCharsets.US_ASCII));
            for (int i = 0; i < 27; i++) {
                int expected = i < 15 ? 81 : i < 21 ? 90 : 240; // red in BT.601
                assertEquals(expected, bytes[start + 6 + i] & 0xff, "byte " + i);
            }
        }
    }

    @Test
    void aLargeY4mIsInBt709() throws IOException {
        float[] red = new float[2 * 1280 * 3];
        for (int i = 0; i < red.length; i++) {
            red[i] = i % 3 == 0 ? 1 : -1;
        }
        Path file = directory.resolve("large.y4m");
        Video.ofFloats(red, 2, 1280, 30).write(file);
        byte[] bytes = Files.readAllBytes(file);
        int planes = bytes.length - 2 * 1280 * 3 / 2;
        assertEquals(63, bytes[planes] & 0xff);
        assertEquals(102, bytes[planes + 2 * 1280] & 0xff);
        assertEquals(Yuv420.Matrix.BT709, Yuv420.Matrix.assumed(720, 1280));
        assertEquals(Yuv420.Matrix.BT709, Yuv420.Matrix.assumed(577, 100));
        assertEquals(Yuv420.Matrix.BT601, Yuv420.Matrix.assumed(576, 1279));
    }

    private static Video clip() {
        return Video.ofFloats(new float[2 * 32 * 32 * 3], 32, 32, 12);
    }

    @Test
    void namesMayBeAsLongAsTheFileSystemAllows() throws IOException {
        for (String ending : new String[] {".mp4", ".gif", ".apng", ".y4m"}) {
            Path file = directory.resolve("x".repeat(255 - ending.length()) + ending);
            clip().write(file);
            assertTrue(Files.size(file) > 0);
        }
    }

    @Test
    void aClipIsWrittenIntoAnArchiveAndNothingBesideIt() throws IOException {
        URI archive = URI.create("jar:" + directory.resolve("clips.zip").toUri());
        try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            for (String name : new String[] {"/a.mp4", "/a.gif", "/a.apng", "/a.y4m"}) {
                Path plain = directory.resolve(name.substring(1));
                clip().write(plain);
                clip().write(zip.getPath(name));
                assertArrayEquals(Files.readAllBytes(plain), Files.readAllBytes(zip.getPath(name)));
            }
            clip().write(zip.getPath("/frames"));
            assertTrue(Files.exists(zip.getPath("/frames/frame-0002.png")));
            assertFalse(Files.exists(Path.of("/a.mp4")));
        }
    }

    @Test
    void whatAKilledRunLeftIsRemovedAfterADay() throws IOException {
        Path old = Files.createFile(directory.resolve(".fsvideo-old.tmp"));
        Path young = Files.createFile(directory.resolve(".fsvideo-young.tmp"));
        Files.setLastModifiedTime(old, FileTime.fromMillis(1));
        clip().write(directory.resolve("clip.gif"));
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(young));
    }

    @Test
    void formatFollowsTheName() {
        assertEquals(VideoFormat.MP4, VideoFormat.of(Path.of("a.b", "OUT.MP4")));
        assertEquals(VideoFormat.APNG, VideoFormat.of(Path.of("x.png")));
        assertEquals(VideoFormat.PNG_SEQUENCE, VideoFormat.of(Path.of("a.b", "frames")));
        String message = assertThrows(VideoException.class, () -> VideoFormat.of(Path.of("clip.avi")))
                .getMessage();
        assertTrue(message.startsWith("VideoFormat.of: clip.avi must end in .mp4"), message);
    }

    private static void assertFrame(byte[] expected, Image image) {
        float[] rgb = image.rgb();
        assertEquals(expected.length, rgb.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals((expected[i] & 0xff) / 255f, rgb[i], "value " + i);
        }
    }

    private static IIOMetadataNode node(ImageReader reader, int index, String name) throws IOException {
        var root = (IIOMetadataNode) reader.getImageMetadata(index).getAsTree("javax_imageio_gif_image_1.0");
        return (IIOMetadataNode) root.getElementsByTagName(name).item(0);
    }

    static String[] sorted(Path directory) {
        try (var entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toArray(String[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
