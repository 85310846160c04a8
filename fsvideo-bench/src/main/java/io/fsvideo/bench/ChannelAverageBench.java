package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code channelAverage} of four: frames, height, width, channels after. */
public class ChannelAverageBench extends OpBench {
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
        Input x = in.normal(1, n[0], n[1], n[2], 4 * n[3]);
        Tensor out = in.arena().channelAverage(x.tensor(), n[3]);
        return new Call(out, ops -> ops.channelAverage(out, x.tensor()), Cost.elements(4, out, x.tensor()), i -> {
            double sum = 0;
            double magnitude = 0;
            for (long j = 4 * i; j < 4 * i + 4; j++) {
                sum += x.at(j);
                magnitude += Math.abs(x.at(j));
            }
            return Expected.sum(sum / 4, magnitude / 4, 4);
        });
    }
}
