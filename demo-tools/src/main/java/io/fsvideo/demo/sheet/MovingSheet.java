package io.fsvideo.demo.sheet;

import io.fsvideo.demo.motion.Frames;
import io.fsvideo.media.FrameCollector;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** A clip of clips: they play side by side, each with its prompt above. */
public final class MovingSheet {
    private static final int GAP = 8;
    private static final int TITLE = 22;
    private static final double PROMPT_SQUARE = 1;

    private final int height;
    private final int width;
    private final List<Column> columns = new ArrayList<>();

    private record Column(String prompt, Video video) {}

    /**
     * An empty sheet.
     *
     * @param height of every clip on the sheet
     * @param width of every clip on the sheet
     */
    public MovingSheet(int height, int width) {
        this.height = height;
        this.width = width;
    }

    /** Adds a clip on the right; all clips of a sheet have as many frames as the first. */
    public void add(String prompt, Video video) {
        columns.add(new Column(prompt, video));
    }

    /** Draws what was added, at the first clip's frame rate. */
    public Video draw() {
        Video first = columns.get(0).video();
        int sheetHeight = TITLE + height + GAP;
        int sheetWidth = columns.size() * (width + GAP) + GAP;
        FrameCollector frames = new FrameCollector(sheetHeight, sheetWidth, first.fps());
        for (int i = 0; i < first.frames(); i++) {
            frames.append(Image.of(frame(i, sheetHeight, sheetWidth)).toFloats());
        }
        return frames.video();
    }

    private BufferedImage frame(int index, int sheetHeight, int sheetWidth) {
        BufferedImage sheet = new BufferedImage(sheetWidth, sheetHeight, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheetWidth, sheetHeight);
        graphics.setColor(Color.BLACK);
        for (int i = 0; i < columns.size(); i++) {
            int left = GAP + i * (width + GAP);
            ContactSheet.letter(graphics, columns.get(i).prompt(), left, -4, PROMPT_SQUARE);
            Image shown = Frames.image(columns.get(i).video(), index).resizeToCover(height, width);
            graphics.drawImage(shown.toBufferedImage(), left, TITLE, null);
        }
        graphics.dispose();
        return sheet;
    }
}
