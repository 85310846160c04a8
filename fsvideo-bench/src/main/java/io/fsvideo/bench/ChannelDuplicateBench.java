package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code channelDuplicate} by four: frames, height, width, channels before. */
public class ChannelDuplicateBench extends OpBench {
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
        Input x = in.normal(1, n[0], n[1], n[2], n[3]);
        Tensor out = in.arena().channelDuplicate(x.tensor(), 4 * n[3]);
        return new Call(
                out,
                ops -> ops.channelDuplicate(out, x.tensor()),
                Cost.move(out, x.tensor()),
                i -> Expected.exact(x.at(i / 4)));
    }
}
