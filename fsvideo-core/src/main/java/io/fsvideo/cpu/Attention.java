package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Softmax attention. One task is one head of one batch entry and a range of queries: keys and values are packed once when several blocks
 * of queries use them, then every block meets them tile by tile: scores, their exponentials (F32, see {@link RunningSoftmax}) and the
 * weighted sum of values, all inside the second-level cache however many keys there are.
 */
final class Attention {
    /** How many queries and keys meet at once. */
    private record Size(long queries, long keys) {
        /** Few keys in F32, as a running sum over the equal rows of a padded text drifts by as many roundings as it has terms. */
        private static final Size F32 = new Size(256, 128);

        private static final Size BF16 = new Size(128, 512);

        static Size of(DType kernel) {
            return kernel == DType.F32 ? F32 : BF16;
        }
    }

    private static final long EVEN = 16;
    private static final long ENOUGH_TASKS = 16;

    private final Context context;

    Attention(Context context) {
        this.context = context;
    }

    void run(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        if (out.numel() == 0) {
            return;
        }
        long batch = q.dim(0);
        long queries = q.dim(1);
        long heads = q.dim(2);
        DType kernel = context.kernel(q.dtype(), k.dtype());
        long block = part(queries, Size.of(kernel).queries);
        long range = rangeQueries(queries, block, batch * heads);
        long ranges = (queries + range - 1) / range;
        Call call = new Call(out, q, k, v, bias, scale, block, range > block, kernel);
        Head[] entries = new Head[(int) batch];
        for (int b = 0; b < batch; b++) {
            entries[b] = head(call, keyLengths == null ? k.dim(1) : keyLengths[b]);
        }
        context.workers().run(batch * heads * ranges, (worker, task) -> {
            long b = task / ranges / heads;
            long from = task % ranges * range;
            entries[(int) b].run(worker, b, task / ranges % heads, from, Math.min(queries, from + range));
        });
    }

    /** Size of the parts, but for the last, that {@code total} is cut into: {@code most}, or less to make them equal. */
    private static long part(long total, long most) {
        long parts = (total + most - 1) / most;
        long size = (total + parts - 1) / parts;
        return Math.min(total, (size + EVEN - 1) / EVEN * EVEN);
    }

    /** Queries of a task: all of a head's unless there are few heads, as every task packs its own keys; at least one block. */
    private static long rangeQueries(long queries, long block, long heads) {
        long ranges = Math.min((queries + block - 1) / block, Math.max(1, ENOUGH_TASKS / heads));
        long range = (queries + ranges - 1) / ranges;
        return (range + block - 1) / block * block;
    }

    private Head head(Call call, long keys) {
        long size = part(keys, Size.of(call.kernel).keys);
        List<KeyTile> tiles = new ArrayList<>();
        long packed = 0;
        for (long first = 0; first < keys; first += size) {
            KeyTile tile = KeyTile.of(context, call, first, Math.min(size, keys - first), packed);
            tiles.add(tile);
            packed = tile.packedEnd();
        }
        Primitives primitives = context.primitives();
        long rest = call.q.dim(1) % call.block;
        Block last = rest == 0 ? null : Block.of(primitives, call, rest, tiles);
        return new Head(call, keys, tiles, packed, Block.of(primitives, call, call.block, tiles), last);
    }

    /**
     * The arguments of one operation.
     *
     * @param block queries that meet a tile at once
     * @param pack whether keys and values are used often enough to be packed
     * @param kernel what products compute in
     */
    record Call(
            Tensor out,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor bias,
            float scale,
            long block,
            boolean pack,
            DType kernel) {
        long dim() {
            return q.dim(3);
        }

        /** Elements from a token of {@code x} to the next, where products read it. */
        long step(Tensor x) {
            return x.dtype() == kernel ? x.dim(2) * dim() : dim();
        }

        long address(Tensor x, long batch, long token, long head) {
            return x.address()
                    + ((batch * x.dim(1) + token) * x.dim(2) + head)
                            * dim()
                            * x.dtype().bytes();
        }
    }

    /** What a block of so many queries runs: its steps with each tile, then the division by the sums and the copy to the output. */
    private record Block(List<TileSteps> tiles, Primitive divide, Primitive store) {
        static Block of(Primitives primitives, Call call, long rows, List<KeyTile> tiles) {
            List<TileSteps> steps = new ArrayList<>();
            for (KeyTile tile : tiles) {
                TileSteps before = steps.isEmpty() ? null : steps.get(steps.size() - 1);
                boolean same = before != null && before.keys() == tile.count();
                steps.add(same ? before : TileSteps.of(primitives, call, rows, tile));
            }
            Operand sum = Operand.dense(DType.F32, rows, call.dim());
            long step = call.out.dim(2) * call.dim();
            Operand out = Operand.strided(call.out.dtype(), new long[] {rows, call.dim()}, step, 1);
            return new Block(steps, new RowPrimitives(primitives).divide(sum), primitives.reorder(sum, out));
        }
    }

    /** Addresses: of the first query, key, value, packed copy and addend; 0 where there are no copies, no addends. */
    private record Place(long q, long k, long v, long packed, long bias) {}

    /** Everything compiled for one number of keys; {@code rest}, of the last queries, is null when blocks are all whole. */
    private record Head(Call call, long keys, List<KeyTile> tiles, long packedBytes, Block whole, Block rest) {
        void run(Worker worker, long batch, long head, long from, long to) {
            long k = input(worker, call.k, batch, head, 0, keys, Worker.Scratch.KEYS);
            long v = input(worker, call.v, batch, head, 0, keys, Worker.Scratch.VALUES);
            long packed = packedBytes == 0 ? 0 : worker.scratch(Worker.Scratch.PACKED, packedBytes);
            tiles.forEach(tile -> tile.pack(worker, k, v, packed));
            RunningSoftmax softmax = new RunningSoftmax(worker, (int) call.block, (int) call.dim());
            RunningSoftmax.Way way = RunningSoftmax.Way.PLAIN;
            for (long first = from; first < to; first += call.block) {
                int count = (int) Math.min(call.block, to - first);
                Block block = count == call.block ? whole : rest;
                Place place = new Place(
                        input(worker, call.q, batch, head, first, count, Worker.Scratch.INPUT),
                        k,
                        v,
                        packed,
                        call.bias == null ? 0 : bias(head, first));
                softmax.start(count, way);
                meet(softmax, block, place);
                if (!softmax.isAccurate()) {
                    way = RunningSoftmax.Way.RELATIVE;
                    softmax.start(count, way);
                    meet(softmax, block, place);
                }
                softmax.finish(block.divide, block.store, call.address(call.out, batch, first, head));
            }
        }

        /** A block of queries, and all keys. */
        private void meet(RunningSoftmax softmax, Block block, Place place) {
            for (int i = 0; i < tiles.size(); i++) {
                KeyTile tile = tiles.get(i);
                softmax.add(
                        block.tiles.get(i),
                        place.q,
                        tile.keys().of(place.k, place.packed),
                        place.bias == 0 ? 0 : place.bias + tile.first() * Float.BYTES,
                        tile.values().of(place.v, place.packed));
            }
        }

        private long bias(long head, long query) {
            return call.bias.address() + (head * call.bias.dim(1) + query) * call.bias.dim(2) * Float.BYTES;
        }

        /** One head's rows, in place or converted to dense rows of the kernel's dtype. */
        private long input(
                Worker worker, Tensor x, long batch, long head, long first, long count, Worker.Scratch purpose) {
            if (x.dtype() == call.kernel) {
                return call.address(x, batch, first, head);
            }
            long row = call.dim() * call.kernel.bytes();
            long copy = worker.scratch(purpose, count * row);
            for (long i = 0; i < count; i++) {
                long source = call.address(x, batch, first + i, head);
                worker.convert(x.dtype(), source, call.kernel, copy + i * row, call.dim());
            }
            return copy;
        }
    }
}
