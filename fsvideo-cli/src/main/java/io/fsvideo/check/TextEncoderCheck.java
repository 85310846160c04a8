package io.fsvideo.check;

import io.fsvideo.model.TextEncoder;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.nn.RelativePositions;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** A text encoder on padded ids with a mask, and its relative positions. */
final class TextEncoderCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        TextEncoderConfig config = TextEncoderConfig.fromJson(golden.config());
        compareBuckets(golden, config, out);
        try (Arena root = Arena.root(backend, "weights");
                Arena a = Arena.root(backend, "text", out.taps("debug."))) {
            TextEncoder encoder = Weights.load(root, golden.weights(), DType.F32, w -> new TextEncoder(w, config));
            int[][] ids = integers(golden, "input.ids");
            int[] lengths = lengths(integers(golden, "input.mask"));
            Tensor hidden = encoder.forward(a, ids, lengths);
            if (out.wants("output.hidden")) {
                out.compare("output.hidden", hidden);
            }
            for (int i = 0; i < lengths.length; i++) {
                String name = "output.context." + i;
                if (out.wants(name)) {
                    Tensor rows = a.slice(a.slice(hidden, 0, i, i + 1), 1, 0, lengths[i]);
                    out.compare(name, rows.reshape(lengths[i], config.dim()));
                }
            }
        }
    }

    private static int[][] integers(Golden golden, String name) {
        float[] values = golden.values(name);
        int rows = Math.toIntExact(golden.shape(name).dim(0));
        int columns = values.length / rows;
        int[][] integers = new int[rows][columns];
        for (int i = 0; i < values.length; i++) {
            integers[i / columns][i % columns] = (int) values[i];
        }
        return integers;
    }

    private static int[] lengths(int[][] mask) {
        int[] lengths = new int[mask.length];
        for (int b = 0; b < mask.length; b++) {
            for (int i = 0; i < mask[b].length; i++) {
                if (mask[b][i] != 0) {
                    lengths[b]++;
                    if (lengths[b] != i + 1) {
                        throw new GoldenException(
                                "check: input.mask must be ones then zeros, got a one after a zero in text " + b);
                    }
                }
            }
        }
        return lengths;
    }

    private static void compareBuckets(Golden golden, TextEncoderConfig config, Comparison out) {
        if (!golden.has("debug.rel_pos") || !out.wants("debug.rel_bucket")) {
            return;
        }
        RelativePositions positions = new RelativePositions(config.numBuckets(), config.maxDistance());
        float[] distances = golden.values("debug.rel_pos");
        float[] buckets = new float[distances.length];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = positions.bucket((int) distances[i]);
        }
        out.compare("debug.rel_bucket", buckets, buckets.length);
    }
}
