package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code embedding}: ids, dim, rows of the table (a sixteenth of the vocabulary of umT5). */
public class EmbeddingBench extends OpBench {
    @Param({"tiny:5x16x32", "small:257x384x1024", "wan1.3b:512x4096x16024"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input ids = in.ids(n[2], n[0]);
        Input table = in.normal(n[2], n[1]);
        Tensor out = in.arena().embedding(ids.tensor(), table.tensor());
        return new Call(
                out,
                ops -> ops.embedding(out, ids.tensor(), table.tensor()),
                Cost.pick(out, ids.tensor()),
                i -> Expected.exact(table.at((long) ids.at(i / n[1]) * n[1] + i % n[1])));
    }
}
