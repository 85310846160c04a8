package io.fsvideo.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.media.VideoFormat;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Finished clips on disk: a folder for each, named by its id, with the clip, the photo as it was seen, and a file of facts, which is
 * written last. Names come from the server only. One server uses a folder at a time.
 */
final class ClipFolder implements AutoCloseable {
    static final String VIDEO = "video.mp4";
    static final String ANIMATION = "video.gif";
    static final String PHOTO = "photo.jpg";
    private static final String FACTS = "facts.json";
    private static final Pattern ID = Pattern.compile("video_[0-9a-f]{32}");
    /** What must be free beside the limit, for the clip in hand. */
    private static final long RESERVE = 64L << 20;

    private static final int PHOTO_SIDE = 1024;
    /** A GIF of a larger clip would take longer than the clip. */
    private static final long ANIMATION_PIXELS = 60_000_000;

    private final Path root;
    private final long maxBytes;
    private final FileChannel lockFile;

    ClipFolder(Path root, long maxBytes) throws IOException {
        this.root = Files.createDirectories(root).toRealPath();
        this.maxBytes = maxBytes;
        lockFile = FileChannel.open(this.root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!tryLock()) {
            lockFile.close();
            throw new IOException("another server uses " + this.root + "; end it or give another folder");
        }
    }

    private boolean tryLock() throws IOException {
        try {
            FileLock lock = lockFile.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** The clips that are whole; what else a server left is removed. */
    List<Clip> findAgain() throws IOException {
        List<Path> folders;
        try (Stream<Path> entries = Files.list(root)) {
            folders = entries.filter(
                            entry -> ID.matcher(entry.getFileName().toString()).matches())
                    .toList();
        }
        List<Clip> found = new ArrayList<>();
        for (Path folder : folders) {
            String id = folder.getFileName().toString();
            ObjectNode facts = facts(folder);
            if (facts == null || !Files.isRegularFile(folder.resolve(VIDEO))) {
                delete(id);
            } else {
                found.add(new Clip(id, facts, Clip.Status.COMPLETED));
            }
        }
        found.sort(Comparator.comparingLong(Clip::createdAt));
        return found;
    }

    private static ObjectNode facts(Path folder) {
        try {
            return Json.read(Files.readAllBytes(folder.resolve(FACTS)));
        } catch (IOException e) {
            return null;
        }
    }

    /** @throws ApiException when the disk, or what the clips may take of it, is full */
    void requireRoom() {
        try {
            if (bytes() >= maxBytes || Files.getFileStore(root).getUsableSpace() < RESERVE) {
                throw new ApiException(
                        507, "disk_full", "the disk that clips are kept on is full; delete some, or ask the owner to");
            }
        } catch (IOException e) {
            throw new ApiException(507, "disk_full", "the disk that clips are kept on cannot be read");
        }
    }

    /** Bytes of all clips; what comes and goes meanwhile may be counted or not. */
    long bytes() throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> clips = Files.newDirectoryStream(root)) {
            for (Path clip : clips) {
                sum += bytes(clip);
            }
        }
        return sum;
    }

    private static long bytes(Path clip) {
        long sum = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(clip)) {
            for (Path file : files) {
                sum += size(file);
            }
        } catch (IOException | DirectoryIteratorException gone) {
            return sum;
        }
        return sum;
    }

    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException gone) {
            return 0;
        }
    }

    /** Keeps the photo without anything that its file said beside the picture. */
    void keepPhoto(String id, Image photo) throws IOException {
        Path folder = Files.createDirectories(folder(id));
        BufferedImage picture = photo.toBufferedImage();
        double scale = Math.min(1, PHOTO_SIDE / (double) Math.max(photo.width(), photo.height()));
        int width = Math.max(1, (int) Math.round(scale * photo.width()));
        int height = Math.max(1, (int) Math.round(scale * photo.height()));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(picture, 0, 0, width, height, null);
        graphics.dispose();
        if (!ImageIO.write(small, "jpg", folder.resolve(PHOTO).toFile())) {
            throw new IOException("this Java runtime cannot write JPEG");
        }
    }

    /** Keeps a clip; its facts last, so that a clip is there wholly or not at all. */
    void keep(String id, Video video, ObjectNode facts) throws IOException {
        Path folder = Files.createDirectories(folder(id));
        video.write(folder.resolve(VIDEO), VideoFormat.MP4);
        if ((long) video.frames() * video.height() * video.width() <= ANIMATION_PIXELS && video.fps() <= 50) {
            video.write(folder.resolve(ANIMATION), VideoFormat.GIF);
        }
        Path made = folder.resolve(FACTS + ".tmp");
        Files.write(made, Json.bytes(facts));
        Files.move(made, folder.resolve(FACTS), StandardCopyOption.ATOMIC_MOVE);
    }

    /** A file of a clip that is kept; whether it is there is the caller's to see. */
    Path file(String id, String name) {
        return folder(id).resolve(name);
    }

    private Path folder(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("clips: id must be one of the server's, got another");
        }
        return root.resolve(id);
    }

    /** Removes a clip; the facts go first, so that what is left of a half-removed clip is no clip. */
    void delete(String id) throws IOException {
        Path folder = folder(id);
        if (!Files.isDirectory(folder)) {
            return;
        }
        Files.deleteIfExists(folder.resolve(FACTS));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException gone) {
            return;
        }
        Files.deleteIfExists(folder);
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
