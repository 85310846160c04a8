package io.fsvideo.family.wan;

import io.fsvideo.model.ClipStream;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Sends a whole clip through an autoencoder's half tile by tile, so that what the stream remembers is that of one tile. Each tile is
 * blended with the one above and then with the one to the left over their overlap, as Diffusers does (tiled_decode of AutoencoderKLWan).
 */
final class Tiles {
    private final int inSize;
    private final int inStride;
    private final int outSize;
    private final int outStride;

    /**
     * @param size of a tile where it goes in; {@code stride} likewise
     * @param outSize where it comes out; {@code outStride} likewise
     */
    Tiles(int inSize, int inStride, int outSize, int outStride) {
        this.inSize = inSize;
        this.inStride = inStride;
        this.outSize = outSize;
        this.outStride = outStride;
    }

    /** One tile's rows and columns in the input. */
    record Window(int top, int bottom, int left, int right) {
        /** Its part of {@code [batch, frames, height, width, channels]}. */
        Tensor of(Arena a, Tensor x) {
            try (Arena t = a.child("window")) {
                return t.keep(t.slice(t.slice(x, 2, top, bottom), 3, left, right));
            }
        }
    }

    /** Tiles row by row. */
    List<Window> windows(int height, int width) {
        List<Window> windows = new ArrayList<>();
        for (int top = 0; top < height; top += inStride) {
            for (int left = 0; left < width; left += inStride) {
                windows.add(new Window(top, Math.min(height, top + inSize), left, Math.min(width, left + inSize)));
            }
        }
        return windows;
    }

    /** Frames {@code from .. to - 1} of a tile that goes in, in {@code a}. */
    @FunctionalInterface
    interface Input {
        Tensor frames(Arena a, Window window, int from, int to);
    }

    /**
     * Sends every tile through a stream of its own.
     *
     * @param frames of the clip that goes in, {@code step} at a time
     * @param listener told after every step
     * @return each {@code [1, frames out, height, width, channels]} in {@code a}
     */
    static List<Tensor> run(
            Arena a,
            List<Window> windows,
            Function<Arena, ClipStream> streams,
            int frames,
            int step,
            Input input,
            Consumer<ClipStream> listener) {
        List<Tensor> tiles = new ArrayList<>();
        for (Window window : windows) {
            try (Arena t = a.child("tile");
                    ClipStream stream = streams.apply(t)) {
                List<Tensor> parts = new ArrayList<>();
                for (int from = 0; from < frames; from += step) {
                    try (Arena s = t.child("frames")) {
                        Tensor next = input.frames(s, window, from, Math.min(from + step, frames));
                        parts.add(s.keep(stream.next(s, next)));
                    }
                    listener.accept(stream);
                }
                tiles.add(t.keep(t.concat(1, parts)));
            }
        }
        return tiles;
    }

    /** Puts one frame of all tiles together. */
    float[] frame(Arena a, List<Tensor> tiles, int frame, int height, int width) {
        int columns = (width + outStride - 1) / outStride;
        int channels = Math.toIntExact(tiles.get(0).dim(4));
        float[] whole = new float[height * width * channels];
        List<Tile> placed = new ArrayList<>();
        for (int i = 0; i < tiles.size(); i++) {
            Tile tile = Tile.of(a, tiles.get(i), frame);
            if (i >= columns) {
                tile.blendDown(placed.get(i - columns), outSize - outStride);
            }
            if (i % columns > 0) {
                tile.blendRight(placed.get(i - 1), outSize - outStride);
            }
            tile.copyTo(whole, width, i / columns * outStride, i % columns * outStride, outStride);
            placed.add(tile);
        }
        return whole;
    }

    /** One frame of a tile on the host, row by row. */
    private record Tile(float[] values, int height, int width, int channels) {
        static Tile of(Arena a, Tensor tile, int frame) {
            try (Arena t = a.child("frame")) {
                Tensor one = t.slice(tile, 1, frame, frame + 1);
                return new Tile(one.toFloats(), (int) one.dim(2), (int) one.dim(3), (int) one.dim(4));
            }
        }

        void blendDown(Tile above, int overlap) {
            int rows = Math.min(overlap, Math.min(height, above.height));
            int row = width * channels;
            for (int y = 0; y < rows; y++) {
                blend(above, (above.height - rows + y) * row, y * row, row, (float) y / rows);
            }
        }

        void blendRight(Tile left, int overlap) {
            int columns = Math.min(overlap, Math.min(width, left.width));
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < columns; x++) {
                    int from = (y * left.width + left.width - columns + x) * channels;
                    blend(left, from, (y * width + x) * channels, channels, (float) x / columns);
                }
            }
        }

        private void blend(Tile other, int from, int to, int count, float share) {
            for (int i = 0; i < count; i++) {
                values[to + i] = other.values[from + i] * (1 - share) + values[to + i] * share;
            }
        }

        /** Its first {@code stride} rows and columns. */
        void copyTo(float[] whole, int wholeWidth, int top, int left, int stride) {
            int columns = Math.min(stride, width) * channels;
            for (int y = 0; y < Math.min(stride, height); y++) {
                System.arraycopy(
                        values, y * width * channels, whole, ((top + y) * wholeWidth + left) * channels, columns);
            }
        }
    }
}
