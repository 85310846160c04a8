package io.fsvideo.peers;

import io.fsvideo.bench.Peer;
import io.fsvideo.tensor.Shape;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Work by LibTorch in inference mode on as many threads as the machine has processors, which is what the CPU backend uses.
 *
 * @see LibTorch
 */
final class TorchCall implements Peer.Prepared {
    private static final String OPENBLAS = "OPENBLAS_NUM_THREADS";

    private final InferenceMode inference = new InferenceMode(true);
    private final Supplier<Tensor> work;
    private final Function<Tensor, Tensor> asOurs;
    private Tensor result;

    /**
     * @param make makes the work ready and returns it; each run gives a new tensor
     * @param asOurs how this library would lay the result out
     */
    TorchCall(Supplier<Supplier<Tensor>> make, Function<Tensor, Tensor> asOurs) {
        int threads = Runtime.getRuntime().availableProcessors();
        torch.set_num_threads(threads);
        requireOpenBlas(threads);
        if (torch.get_num_threads() != threads) {
            throw new IllegalStateException(
                    "libtorch: threads must be " + threads + ", got " + torch.get_num_threads());
        }
        work = make.get();
        this.asOurs = asOurs;
    }

    /** LibTorch leaves its F32 products to OpenBLAS, whose number of threads only the environment sets. */
    private static void requireOpenBlas(int threads) {
        String set = System.getenv(OPENBLAS);
        if (!Integer.toString(threads).equals(set)) {
            throw new IllegalStateException("libtorch: environment variable " + OPENBLAS + " must be " + threads
                    + " for a fair comparison, got " + set + "; ./fsvideo bench --peers sets it");
        }
    }

    @Override
    public void run() {
        Tensor made = work.get();
        drop();
        result = made;
    }

    private void drop() {
        if (result != null) {
            result.close();
        }
    }

    @Override
    public Shape shape() {
        try (Tensor ours = asOurs.apply(result)) {
            long[] sizes = new long[(int) ours.dim()];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = ours.size(i);
            }
            return Shape.of(sizes);
        }
    }

    @Override
    public void copyTo(io.fsvideo.tensor.Tensor out) {
        try (Tensor target = Memory.view(out);
                Tensor ours = asOurs.apply(result)) {
            target.copy_(ours);
        }
    }

    @Override
    public void close() {
        drop();
        inference.close();
    }
}
