package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;

/**
 * What a block of queries does with a tile of keys, in one of the two ways of {@link RunningSoftmax}.
 *
 * @param weights queries and keys to exponentials of scores, in the kernel's dtype
 * @param total of each row of these
 * @param scores queries and keys to F32
 * @param narrow exponentials to the kernel's dtype; null where that is F32
 * @param add values, weighted by exponentials, to the rows' sums
 */
record TileSteps(
        long keys,
        Primitive weights,
        Primitive total,
        Primitive scores,
        Primitive max,
        Primitive exponentials,
        Primitive sum,
        Primitive narrow,
        Primitive add) {
    static TileSteps of(Primitives primitives, Attention.Call call, long rows, KeyTile tile) {
        DType kernel = call.kernel();
        Operand query = Operand.strided(kernel, new long[] {rows, call.dim()}, call.step(call.q()), 1);
        Operand scores = Operand.dense(DType.F32, rows, tile.count());
        Operand weights = Operand.dense(kernel, rows, tile.count());
        Operand bias = call.bias() == null
                ? null
                : Operand.strided(
                        DType.F32, new long[] {rows, tile.count()}, call.bias().dim(2), 1);
        Primitives.MatMul product =
                new Primitives.MatMul(query, tile.keys().operand(), null, scores, call.scale(), bias, Activation.NONE);
        RowPrimitives ofRows = new RowPrimitives(primitives);
        Operand sums = Operand.dense(DType.F32, rows, call.dim());
        return new TileSteps(
                tile.count(),
                primitives.exponentialMatMul(product.to(weights)),
                ofRows.sum(weights),
                primitives.matMul(product),
                ofRows.max(scores),
                ofRows.exponentials(scores),
                ofRows.sum(scores),
                kernel == DType.F32 ? null : primitives.reorder(scores, weights),
                primitives.addMatMul(weights, tile.values().operand(), sums));
    }
}
