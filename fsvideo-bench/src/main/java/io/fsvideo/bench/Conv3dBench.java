package io.fsvideo.bench;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code conv3d}, causal 3 x 3 x 3: frames, height, width, inputs, outputs. */
public class Conv3dBench extends OpBench {
    @Param({
        "tiny:2x4x4x8x8",
        "small:3x16x16x64x64",
        "fsae_stage0:9x128x128x64x64",
        "fsae_stage2:5x32x32x512x512",
        "fsae_stage4:3x8x8x1024x1024"
    })
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1], n[2], n[3]);
        Input weight = in.normal(n[4], n[3], 3, 3, 3);
        Input bias = in.parameter(n[4]);
        Conv3dGeometry geometry = Conv3dGeometry.same(FrameTaps.causal((int) n[0], 3), 3, 3, 1);
        Tensor packed = in.arena().pack(weight.tensor(), Layout.conv3d(1), in.dtype());
        Tensor out = in.arena().conv3d(x.tensor(), packed, bias.tensor(), geometry, Activation.NONE);
        Cost cost = Cost.conv3d(out, x.tensor(), packed, bias.tensor());
        return new Call(
                        out,
                        ops -> ops.conv3d(out, x.tensor(), packed, bias.tensor(), geometry, Activation.NONE),
                        cost,
                        i -> Products.conv3d(x, weight, bias, geometry, n, i))
                .as(new Work.Conv3d(x.tensor(), weight.tensor(), bias.tensor(), geometry));
    }
}
