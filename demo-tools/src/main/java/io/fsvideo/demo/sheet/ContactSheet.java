package io.fsvideo.demo.sheet;

import io.fsvideo.demo.motion.Frames;
import io.fsvideo.demo.pictures.Lettering;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** A picture of clips: a row each, with the prompt above, the input and some frames. */
public final class ContactSheet {
    private static final int GAP = 8;
    private static final int TITLE = 30;
    private static final double PROMPT_SQUARE = 2;
    private static final double LABEL_SQUARE = 2;

    private final List<Integer> frames;
    private final int height;
    private final int width;
    private final List<Row> rows = new ArrayList<>();

    private record Row(String prompt, Image input, Video video) {}

    /**
     * An empty sheet.
     *
     * @param frames which frames to show
     * @param height of every picture on the sheet
     * @param width of every picture on the sheet
     */
    public ContactSheet(List<Integer> frames, int height, int width) {
        this.frames = List.copyOf(frames);
        this.height = height;
        this.width = width;
    }

    /** Adds a row. */
    public void add(String prompt, Image input, Video video) {
        rows.add(new Row(prompt, input, video));
    }

    /** Draws what was added. */
    public BufferedImage draw() {
        int columns = frames.size() + 1;
        BufferedImage sheet = new BufferedImage(
                columns * (width + GAP) + GAP, rows.size() * (TITLE + height) + GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        for (int i = 0; i < rows.size(); i++) {
            draw(graphics, rows.get(i), i * (TITLE + height));
        }
        graphics.dispose();
        return sheet;
    }

    private void draw(Graphics2D graphics, Row row, int top) {
        graphics.setColor(Color.BLACK);
        letter(graphics, "input", left(0), top, LABEL_SQUARE);
        letter(graphics, '"' + row.prompt() + '"', left(1), top, PROMPT_SQUARE);
        picture(graphics, row.input(), 0, top);
        for (int i = 0; i < frames.size(); i++) {
            picture(graphics, Frames.image(row.video(), frames.get(i)), i + 1, top);
            badge(graphics, String.valueOf(frames.get(i)), i + 1, top);
        }
    }

    private int left(int column) {
        return GAP + column * (width + GAP);
    }

    private void picture(Graphics2D graphics, Image image, int column, int top) {
        graphics.drawImage(image.resizeToCover(height, width).toBufferedImage(), left(column), top + TITLE, null);
    }

    /** The frame's number in the picture's corner. */
    private void badge(Graphics2D graphics, String number, int column, int top) {
        int side = (int) ((Lettering.HEIGHT + 4) * LABEL_SQUARE);
        int wide = (int) ((number.length() * Lettering.ADVANCE + 3) * LABEL_SQUARE);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(left(column), top + TITLE, wide, side);
        graphics.setColor(Color.BLACK);
        letter(graphics, number, left(column) + (int) (2 * LABEL_SQUARE), top + TITLE - 7, LABEL_SQUARE);
    }

    static void letter(Graphics2D graphics, String text, int x, int top, double square) {
        AffineTransform place = AffineTransform.getTranslateInstance(x, top + 10);
        place.scale(square, square);
        graphics.fill(place.createTransformedShape(Lettering.outline(text)));
    }
}
