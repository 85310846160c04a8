package io.fsvideo.check;

import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/** Compares what a transformer shows of itself with the golden's {@code debug.*}, which keep some of it only in part. */
final class DitTaps implements TapListener {
    private static final String PATCHES = "debug.patch_embedding";
    private static final String TEXT = "debug.text_embedding_tail";
    private static final int TAIL = 2;

    private final Golden golden;
    private final Comparison out;
    private float[] lastPatches;
    private long[] lastShape;

    DitTaps(Golden golden, Comparison out) {
        this.golden = golden;
        this.out = out;
    }

    @Override
    public void tap(String name, Tensor tensor) {
        if (name.equals("patch_embedding")) {
            keepLastSample(tensor);
        } else if (name.equals("text_embedding") && golden.has(TEXT)) {
            compareTextTail(tensor);
        } else {
            out.taps("debug.").tap(name, tensor);
        }
    }

    private void keepLastSample(Tensor tensor) {
        float[] all = tensor.toFloats();
        int each = Math.toIntExact(all.length / tensor.dim(0));
        lastPatches = Arrays.copyOfRange(all, all.length - each, all.length);
        lastShape = tensor.shape().with(0, 1).toArray();
    }

    /** The golden has the embedding of the last sample only. */
    void compareLastPatchEmbedding() {
        if (lastPatches != null && out.wants(PATCHES)) {
            float[] values = Comparison.channelsFirst(lastPatches, lastShape, 1);
            out.compare(PATCHES, values, 1, lastShape[4], lastShape[1], lastShape[2], lastShape[3]);
        }
    }

    /** The golden has a few rows around the end of the longest text. */
    private void compareTextTail(Tensor tensor) {
        int longest = 0;
        for (String name : golden.names()) {
            if (name.equals("input.context") || name.matches("input\\.context\\.[0-9]+")) {
                longest = Math.max(longest, Math.toIntExact(golden.shape(name).dim(0)));
            }
        }
        int rows = Math.toIntExact(golden.shape(TEXT).dim(1));
        int from = longest - TAIL;
        if (from < 0 || from + rows > tensor.dim(1) || !out.wants(TEXT)) {
            return;
        }
        int dim = Math.toIntExact(tensor.dim(2));
        int batch = Math.toIntExact(tensor.dim(0));
        float[] all = tensor.toFloats();
        float[] tail = new float[batch * rows * dim];
        for (int b = 0; b < batch; b++) {
            System.arraycopy(all, Math.toIntExact((b * tensor.dim(1) + from) * dim), tail, b * rows * dim, rows * dim);
        }
        out.compare(TEXT, tail, batch, rows, dim);
    }
}
