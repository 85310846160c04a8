package io.fsvideo.peers;

import java.util.function.Supplier;
import org.bytedeco.openblas.global.openblas;

/** The threads of OpenBLAS, to which LibTorch leaves its F32 products, as a build of LibTorch with OpenMP throughout would use them. */
final class OpenBlas {
    private OpenBlas() {}

    /**
     * Runs products on one OpenBLAS thread where LibTorch itself makes several at once, which would otherwise get in
     * each other's way.
     */
    static <T> T onOneThread(Supplier<T> products) {
        int threads = openblas.blas_get_num_threads();
        openblas.blas_set_num_threads(1);
        try {
            return products.get();
        } finally {
            openblas.blas_set_num_threads(threads);
        }
    }
}
