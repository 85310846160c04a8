package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/**
 * Launches {@code attention.cu} for BF16 heads of 64, 80 or 128, with code for sm_90a on Hopper when there is no bias; everything else
 * goes to {@code attention_simt.cu}. Batch entries with keys left out are launches of their own, so that those keys are never read.
 */
final class Attention {
    private static final int[] HEADS = {64, 80, 128};
    private static final int PANEL = 64;
    private static final int BLOCK = 128;
    private static final int PLAIN_BLOCK = 64;
    private static final double LOG2_E = 1.4426950408889634;

    private final boolean hopper;
    private final Launch[] fast = new Launch[HEADS.length];
    private final Launch[] plain = new Launch[HEADS.length];
    private final AttentionSimt simt;
    private final TensorMap qMap = new TensorMap(PANEL, 1, BLOCK, 1);
    private final TensorMap kMap = new TensorMap(PANEL, 1, BLOCK, 1);
    private final TensorMap vMap = new TensorMap(PANEL, 1, BLOCK, 1);

    Attention(Device device) {
        hopper = device.report().hasHopperCode();
        for (int i = 0; i < HEADS.length; i++) {
            fast[i] = device.kernels().entry("attention", "attention_" + HEADS[i]);
            plain[i] = device.kernels().entry("attention", "attention_sm80_" + HEADS[i]);
        }
        simt = new AttentionSimt(device);
    }

    void run(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        AttentionCall call = AttentionCall.of(out, q, k, v, bias, scale);
        if (keyLengths == null || Arrays.stream(keyLengths).allMatch(length -> length == call.keys())) {
            run(call);
            return;
        }
        if (keyLengths.length != call.batch()) {
            throw Contract.broken("attention", "keyLengths", call.batch() + " numbers", Arrays.toString(keyLengths));
        }
        for (int i = 0; i < keyLengths.length; i++) {
            run(call.entry(i, keyLengths[i]));
        }
    }

    private void run(AttentionCall c) {
        int head = Arrays.binarySearch(HEADS, (int) c.headDim());
        if (c.dtype() != DType.BF16 || head < 0) {
            simt.run(c);
        } else if (hopper && c.bias() == 0) {
            runFast(fast[head], c);
        } else {
            runPlain(plain[head], c);
        }
    }

    private void runFast(Launch entry, AttentionCall c) {
        entry.begin()
                .grid((c.queries() + BLOCK - 1) / BLOCK, c.heads(), c.batch())
                .block(384)
                .shared(c.headDim() == PANEL ? 81992 : 163912)
                .pointer(c.out())
                .tensorMap(map(qMap, c.q(), c.queries(), c))
                .tensorMap(map(kMap, c.k(), c.keys(), c))
                .tensorMap(map(vMap, c.v(), c.keys(), c))
                .pointer(0)
                .int32(c.queries())
                .int32(c.keys())
                .int32(c.heads())
                .float32((float) (c.scale() * LOG2_E))
                .run();
    }

    private static TensorMap map(TensorMap map, long address, long tokens, AttentionCall c) {
        return map.at(address)
                .dense(0, c.headDim())
                .dense(1, c.heads())
                .dense(2, tokens)
                .dense(3, c.batch());
    }

    private void runPlain(Launch entry, AttentionCall c) {
        entry.begin()
                .grid((c.queries() + PLAIN_BLOCK - 1) / PLAIN_BLOCK, c.heads(), c.batch())
                .block(128)
                .pointer(c.out())
                .pointer(c.q())
                .pointer(c.k())
                .pointer(c.v())
                .pointer(0)
                .pointer(c.bias())
                .int32(c.queries())
                .int32(c.keys())
                .int32(c.heads())
                .int32(c.keyRows())
                .float32((float) (c.scale() * LOG2_E))
                .run();
    }
}
