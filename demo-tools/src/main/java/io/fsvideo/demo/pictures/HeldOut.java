package io.fsvideo.demo.pictures;

import io.fsvideo.media.Image;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Square pictures that no training has seen: the photographs of some folders, then procedural pictures. */
public final class HeldOut {
    /** Procedural pictures for training have seeds below. */
    public static final long FIRST_SEED = 9_000_000;

    /** A picture and what to call it. */
    public record Picture(String name, Image image) {}

    private HeldOut() {}

    /**
     * The first {@code count} pictures.
     *
     * @param photographs folders whose JPEG and PNG files come first, by name
     * @param seed the first procedural picture's, from 0 on; the same seed gives the same pictures
     * @param side height and width in pixels; larger pictures are cut to their centre square and made smaller, smaller ones are enlarged
     * @throws FsVideoException when a folder cannot be read
     */
    public static List<Picture> pictures(List<Path> photographs, int count, long seed, int side) {
        List<Picture> pictures = new ArrayList<>();
        for (Path file :
                photographs.stream().flatMap(folder -> files(folder).stream()).toList()) {
            if (pictures.size() < count) {
                Image image = Image.read(file).resizeToCover(side, side);
                pictures.add(new Picture(file.getFileName().toString().replaceFirst("\\.\\w+$", ""), image));
            }
        }
        for (long i = seed; pictures.size() < count; i++) {
            pictures.add(new Picture(
                    "procedural-" + i, new Procedural(FIRST_SEED + i).draw().resizeToCover(side, side)));
        }
        return List.copyOf(pictures);
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().matches(".*\\.(jpg|jpeg|png)"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new FsVideoException(
                    "held-out pictures: " + folder + " must be a folder of photographs, got " + e, e);
        }
    }
}
