package io.fsvideo.cuda.checks;

import io.fsvideo.comm.ProcessChannel;
import io.fsvideo.comm.ProcessOptions;
import io.fsvideo.comm.RankPlace;
import io.fsvideo.comm.Rendezvous;
import io.fsvideo.cuda.CudaBackendProvider;
import io.fsvideo.cuda.nccl.NcclComm;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.RankChannel;
import io.fsvideo.tensor.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * {@code NcclCheck FILE}: collectives of one rank, and of two ranks on one device where NCCL is 2.30 or newer and
 * {@code NCCL_MULTI_RANK_GPU_ENABLE=1}. The two find each other through FILE.
 */
public final class NcclCheck {
    private static final int FIRST_WITH_TWO = 23000;
    private static final int COUNT = 1519;

    private NcclCheck() {}

    /** @param arguments a file that does not exist yet */
    public static void main(String[] arguments) {
        try {
            collectives(CudaBackendProvider.openWithNccl(0, BackendOptions.defaults()));
            int version = NcclComm.version();
            String two = "two ranks need NCCL 2.30";
            if (version >= FIRST_WITH_TWO) {
                Path file = Path.of(arguments[0]);
                CompletableFuture.allOf(
                                CompletableFuture.runAsync(() -> rank(0, file)),
                                CompletableFuture.runAsync(() -> rank(1, file)))
                        .join();
                two = "two ranks on one device right";
            }
            System.out.println("RESULT NCCL " + version + ": one rank right, " + two);
        } catch (BackendException e) {
            System.out.println("RESULT " + e.getMessage().lines().findFirst().orElse(""));
            System.exit(1);
        }
    }

    private static void rank(int rank, Path file) {
        ProcessOptions options = new ProcessOptions("NcclCheck", Duration.ofMinutes(1));
        RankChannel channel = ProcessChannel.open(new RankPlace(rank, 2, 0), Rendezvous.in(file, "127.0.0.1"), options);
        collectives(
                CudaBackendProvider.openWithNccl(0, BackendOptions.defaults().withChannel(channel)));
    }

    /** Whole numbers, exact in BF16 too, so that no order of summation matters. */
    private static void collectives(Backend opened) {
        try (Backend backend = opened;
                Arena a = Arena.root(backend, "collectives")) {
            int size = backend.comm().size();
            int rank = backend.comm().rank();
            for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
                Tensor sum = filled(a, dtype, 1 + rank, COUNT);
                backend.comm().allReduceSum(sum);
                require("sum", size * (size + 1) / 2f, sum.toFloats());
                Tensor all = filled(a, dtype, 0, (long) size * COUNT);
                backend.comm().allGather(all, filled(a, dtype, 1 + rank, COUNT));
                Tensor blocks = filled(a, dtype, 0, (long) size * COUNT);
                backend.comm().allToAll(blocks, filled(a, dtype, 1 + rank, (long) size * COUNT));
                for (int p = 0; p < size; p++) {
                    require("gathered", 1 + p, Arrays.copyOfRange(all.toFloats(), p * COUNT, (p + 1) * COUNT));
                    require("exchanged", 1 + p, Arrays.copyOfRange(blocks.toFloats(), p * COUNT, (p + 1) * COUNT));
                }
                Tensor spread = filled(a, dtype, 1 + rank, COUNT);
                backend.comm().broadcast(spread, size - 1);
                require("broadcast", size, spread.toFloats());
            }
            backend.comm().barrier();
        }
    }

    private static Tensor filled(Arena a, DType dtype, float value, long count) {
        float[] values = new float[(int) count];
        Arrays.fill(values, value);
        return a.of("filled", dtype, values, count);
    }

    private static void require(String what, float expected, float[] values) {
        for (float value : values) {
            if (value != expected) {
                throw new BackendException("NCCL: " + what + " must be " + expected + ", got " + value);
            }
        }
    }
}
