package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code permute} of tokens and heads: tokens, heads, channels per head. */
public class PermuteBench extends OpBench {
    @Param({"tiny:5x2x8", "small:257x6x64", "wan1.3b:1860x12x128", "fsvideo14b:1860x40x128", "fsvideo14b:7440x40x128"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1], n[2]);
        int[] axes = {0, 2, 1, 3};
        Tensor out = in.arena().permute(x.tensor(), axes);
        return new Call(out, ops -> ops.permute(out, x.tensor(), axes), Cost.move(out, x.tensor()), i -> {
            long head = i / (n[0] * n[2]);
            long token = i / n[2] % n[0];
            return Expected.exact(x.at((token * n[1] + head) * n[2] + i % n[2]));
        });
    }
}
