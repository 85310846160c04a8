package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code sumOfSquares} of one rank's columns of two: tokens, dim. */
public class SumOfSquaresBench extends OpBench {
    @Param({"tiny:5x8", "small:257x192", "wan1.3b:1860x768", "fsvideo14b:1860x2560", "fsvideo14b:7440x2560"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1]);
        Tensor out = in.arena().sumOfSquares(x.tensor());
        return new Call(
                out, ops -> ops.sumOfSquares(out, x.tensor()), Cost.elements(2.0 * n[1], out, x.tensor()), i -> {
                    double sum = 0;
                    for (long j = i * n[1]; j < (i + 1) * n[1]; j++) {
                        sum += x.at(j) * x.at(j);
                    }
                    return Expected.sum(sum, sum, n[1] + 1);
                });
    }
}
