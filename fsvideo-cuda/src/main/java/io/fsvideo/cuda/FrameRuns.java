package io.fsvideo.cuda;

import io.fsvideo.tensor.FrameTaps;
import java.util.ArrayList;
import java.util.List;

/**
 * Output frames of a {@link FrameTaps} that one convolution without padding in time computes: {@code count} runs of {@code length}
 * consecutive outputs, each reading a sequence of {@code length + kernel - 1} frames of its own. The runs are its batch.
 *
 * @param first the first output frame
 */
record FrameRuns(int first, int length, int count) {
    /**
     * All output frames in order, in as few convolutions as follow from left to right.
     *
     * @param most frames that the sequences of one convolution may have in all, at least the kernel's
     */
    static List<FrameRuns> of(FrameTaps taps, long most) {
        int kernel = taps.kernel();
        List<FrameRuns> all = new ArrayList<>();
        for (int first = 0, length; first < taps.outputs(); first += length) {
            length = 1;
            while (length + kernel <= most && first + length < taps.outputs() && continues(taps, first + length - 1)) {
                length++;
            }
            append(all, new FrameRuns(first, length, 1), kernel, most);
        }
        return all;
    }

    /** Whether the output after {@code t} reads what {@code t} reads, one frame on. */
    private static boolean continues(FrameTaps taps, int t) {
        for (int k = 1; k < taps.kernel(); k++) {
            if (taps.source(t, k) != taps.source(t + 1, k - 1)) {
                return false;
            }
        }
        return true;
    }

    private static void append(List<FrameRuns> all, FrameRuns run, int kernel, long most) {
        int last = all.size() - 1;
        if (last >= 0) {
            FrameRuns before = all.get(last);
            if (before.length == run.length && (before.count + 1L) * run.inputs(kernel) <= most) {
                all.set(last, new FrameRuns(before.first, before.length, before.count + 1));
                return;
            }
        }
        all.add(run);
    }

    /** Frames of one run's sequence. */
    int inputs(int kernel) {
        return length + kernel - 1;
    }

    /** Input frame at place {@code i} of the sequence of run {@code run}, or {@link FrameTaps#ZERO}. */
    int source(FrameTaps taps, int run, int i) {
        int output = Math.min(i, length - 1);
        return taps.source(first + run * length + output, i - output);
    }

    /** Whether the input has the one run's sequence as it stands. */
    boolean isInOrder(FrameTaps taps) {
        int start = source(taps, 0, 0);
        if (count != 1 || start == FrameTaps.ZERO) {
            return false;
        }
        for (int i = 1; i < inputs(taps.kernel()); i++) {
            if (source(taps, 0, i) != start + i) {
                return false;
            }
        }
        return true;
    }
}
