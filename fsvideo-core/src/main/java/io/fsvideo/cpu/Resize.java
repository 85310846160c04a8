package io.fsvideo.cpu;

import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/** Resampling of height and width, one output row per task. */
final class Resize {
    private static final double A = -0.75;
    private static final int TAPS = 4;

    /** The source positions and their weights for every output position, {@code taps} each. */
    private record Filter(int taps, int[] sources, float[] weights) {
        static Filter of(Resampling resampling, long from, long to) {
            return switch (resampling) {
                case NEAREST -> nearest(from, to);
                case BICUBIC -> cubic(from, to);
            };
        }

        private static Filter nearest(long from, long to) {
            int[] sources = new int[(int) to];
            float[] weights = new float[(int) to];
            for (int i = 0; i < to; i++) {
                // floor((i + 0.5) from / to) in integers, so that no rounding moves a boundary.
                sources[i] = (int) Math.min(from - 1, (2L * i + 1) * from / (2 * to));
                weights[i] = 1;
            }
            return new Filter(1, sources, weights);
        }

        private static Filter cubic(long from, long to) {
            int[] sources = new int[(int) to * TAPS];
            float[] weights = new float[(int) to * TAPS];
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * from / to - 0.5;
                double floor = Math.floor(centre);
                for (int k = 0; k < TAPS; k++) {
                    sources[i * TAPS + k] = (int) Math.max(0, Math.min(from - 1, floor + k - 1));
                    weights[i * TAPS + k] = (float) weight(Math.abs(centre - floor - (k - 1)));
                }
            }
            return new Filter(TAPS, sources, weights);
        }

        private static double weight(double x) {
            if (x <= 1) {
                return ((A + 2) * x - (A + 3)) * x * x + 1;
            }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
        }
    }

    private final Context context;

    Resize(Context context) {
        this.context = context;
    }

    void run(Tensor out, Tensor x, Resampling resampling) {
        if (out.numel() == 0) {
            return;
        }
        Filter vertical = Filter.of(resampling, x.dim(2), out.dim(2));
        Filter horizontal = Filter.of(resampling, x.dim(3), out.dim(3));
        context.workers().run(out.dim(0) * out.dim(1) * out.dim(2), (worker, task) -> {
            long frame = task / out.dim(2);
            int y = (int) (task % out.dim(2));
            row(worker, out, x, frame, y, vertical, horizontal);
        });
    }

    private static void row(
            Worker worker, Tensor out, Tensor x, long frame, int y, Filter vertical, Filter horizontal) {
        int channels = (int) x.dim(4);
        int inElements = (int) x.dim(3) * channels;
        int outElements = (int) out.dim(3) * channels;
        float[] source = worker.staging().block(0, inElements);
        float[] stretched = worker.staging().block(1, outElements);
        float[] sum = worker.staging().block(2, outElements);
        Arrays.fill(sum, 0, outElements, 0);
        for (int k = 0; k < vertical.taps; k++) {
            long row = frame * x.dim(2) + vertical.sources[y * vertical.taps + k];
            worker.staging()
                    .load(x.dtype(), x.address() + row * inElements * x.dtype().bytes(), source, 0, inElements);
            stretch(source, stretched, outElements / channels, channels, horizontal);
            float weight = vertical.weights[y * vertical.taps + k];
            for (int i = 0; i < outElements; i++) {
                sum[i] += weight * stretched[i];
            }
        }
        long target = (frame * out.dim(2) + y) * outElements;
        worker.staging()
                .store(
                        out.dtype(),
                        sum,
                        0,
                        outElements,
                        out.address() + target * out.dtype().bytes());
    }

    private static void stretch(float[] source, float[] target, int columns, int channels, Filter filter) {
        for (int i = 0; i < columns; i++) {
            for (int c = 0; c < channels; c++) {
                float sum = 0;
                for (int k = i * filter.taps; k < (i + 1) * filter.taps; k++) {
                    sum += filter.weights[k] * source[filter.sources[k] * channels + c];
                }
                target[i * channels + c] = sum;
            }
        }
    }
}
