package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** The ceiling of memory: {@code slice} of everything, a plain copy of more than caches hold. */
public class CopyBench extends OpBench {
    @Param({"tiny:5x16", "small:257x384", "ceiling:8192x4096", "ceiling_gpu:65536x4096"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(n[0], n[1]);
        Tensor out = in.arena().slice(x.tensor(), 0, 0, n[0]);
        return new Call(out, ops -> ops.slice(out, x.tensor(), 0, 0), Cost.pick(out), i -> Expected.exact(x.at(i)));
    }
}
