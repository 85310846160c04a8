package io.fsvideo.demo.pictures;

import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.Path2D;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Letters of 5 x 7 squares of our own, so that pictures do not depend on the fonts of a machine. */
public final class Lettering {
    /** Squares from the top of a letter to its bottom. */
    public static final int HEIGHT = 7;

    /** Squares from one letter to the next. */
    public static final int ADVANCE = 6;

    private static final Map<Character, List<String>> GLYPHS = glyphs();

    private Lettering() {}

    /** The text's shape, one unit per square, its upper left at the origin. Letters have one case; what has no glyph is a space. */
    public static Shape outline(String text) {
        Path2D path = new Path2D.Double(Path2D.WIND_NON_ZERO);
        for (int i = 0; i < text.length(); i++) {
            List<String> rows = GLYPHS.getOrDefault(Character.toUpperCase(text.charAt(i)), List.of());
            for (int y = 0; y < rows.size(); y++) {
                for (int x = 0; x < rows.get(y).length(); x++) {
                    if (rows.get(y).charAt(x) == '#') {
                        square(path, i * ADVANCE + x, y);
                    }
                }
            }
        }
        return new Area(path);
    }

    private static void square(Path2D path, double x, double y) {
        path.moveTo(x, y);
        path.lineTo(x + 1, y);
        path.lineTo(x + 1, y + 1);
        path.lineTo(x, y + 1);
        path.closePath();
    }

    /** A line with the letter, then its rows. */
    private static Map<Character, List<String>> glyphs() {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(Lettering.class.getResourceAsStream("letters.txt"), StandardCharsets.US_ASCII))) {
            List<String> lines = reader.lines().toList();
            Map<Character, List<String>> glyphs = new HashMap<>();
            for (int i = 0; i < lines.size(); i += 1 + HEIGHT) {
                glyphs.put(lines.get(i).charAt(0), lines.subList(i + 1, i + 1 + HEIGHT));
            }
            return Map.copyOf(glyphs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
