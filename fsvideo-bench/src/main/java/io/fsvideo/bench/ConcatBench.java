package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/** {@code concat} of two maps along channels: frames, height, width, channels of each. */
public class ConcatBench extends OpBench {
    @Param({
        "tiny:2x4x4x8",
        "small:3x16x16x64",
        "fsae_stage0:9x128x128x64",
        "fsae_stage2:5x32x32x512",
        "fsae_stage4:3x8x8x1024"
    })
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        List<Input> parts = in.list(2, 1, n[0], n[1], n[2], n[3]);
        List<Tensor> tensors = Inputs.tensors(parts);
        Tensor out = in.arena().concat(4, tensors);
        return new Call(out, ops -> ops.concat(out, tensors, 4), Cost.move(out, tensors.toArray(new Tensor[0])), i -> {
            long c = i % (2 * n[3]);
            return Expected.exact(parts.get((int) (c / n[3])).at(i / (2 * n[3]) * n[3] + c % n[3]));
        });
    }
}
