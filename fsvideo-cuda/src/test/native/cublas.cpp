// The four functions of cuBLAS that the backend calls, computing on host memory: the fake driver's device memory.
#include "numbers.h"

#include <cstdint>
#include <cstring>

namespace {
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, NOT_SUPPORTED = 15 };
enum { NO_TRANSPOSE = 0, TRANSPOSE = 1, F32 = 0, BF16 = 14, COMPUTE_32F = 68 };
struct Handle { void* stream; };

float load(const void* from, int64_t at, int type) { return load_number(from, at, type == F32); }
void store(void* to, int64_t at, int type, float value) { store_number(to, at, type == F32, value); }
} // namespace

extern "C" {
int cublasCreate_v2(void** handle) {
    *handle = new Handle{nullptr};
    return SUCCESS;
}
int cublasDestroy_v2(void* handle) {
    if (!handle) return NOT_INITIALIZED;
    delete static_cast<Handle*>(handle);
    return SUCCESS;
}
int cublasSetStream_v2(void* handle, void* stream) {
    if (!handle || !stream) return NOT_INITIALIZED;
    static_cast<Handle*>(handle)->stream = stream;
    return SUCCESS;
}
int cublasGemmEx(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, const void* a,
                 int a_type, int lda, const void* b, int b_type, int ldb, const void* beta, void* c, int c_type, int ldc,
                 int compute, int) {
    if (!handle || !static_cast<Handle*>(handle)->stream) return NOT_INITIALIZED;
    if (transpose_a != TRANSPOSE || transpose_b != NO_TRANSPOSE || compute != COMPUTE_32F) return NOT_SUPPORTED;
    if (a_type != b_type || a_type != c_type || (a_type != F32 && a_type != BF16)) return NOT_SUPPORTED;
    if (m < 0 || n < 0 || k < 0 || lda < k || ldb < k || ldc < m) return INVALID_VALUE;
    const float one = *static_cast<const float*>(alpha), rest = *static_cast<const float*>(beta);
    for (int column = 0; column < n; ++column) {
        for (int row = 0; row < m; ++row) {
            float sum = 0;
            for (int i = 0; i < k; ++i) {
                sum += load(a, i + static_cast<int64_t>(row) * lda, a_type) * load(b, i + static_cast<int64_t>(column) * ldb, b_type);
            }
            const int64_t at = row + static_cast<int64_t>(column) * ldc;
            store(c, at, c_type, one * sum + (rest == 0 ? 0 : rest * load(c, at, c_type)));
        }
    }
    return SUCCESS;
}
}
