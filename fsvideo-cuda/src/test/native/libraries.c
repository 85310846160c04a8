/* Stand-ins for NVIDIA's libraries: a few functions that give known answers. One of them is chosen when compiling. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#ifdef CUDA
int cuDriverGetVersion(int* version) {
    *version = CUDA;
    return 0;
}
/* Shows that all of its twelve arguments arrived. */
int cuTensorMapEncodeTiled(void* map, int type, unsigned rank, void* address, const unsigned long long* size,
                           const unsigned long long* stride, const unsigned* box, const unsigned* step, int interleave,
                           int swizzle, int promotion, int fill) {
    unsigned long long* out = map;
    out[0] = 1000000ull * type + 10000 * rank + 1000 * interleave + 100 * swizzle + 10 * promotion + fill;
    out[1] = (unsigned long long)address;
    out[2] = size[0] + 1000 * size[1] + 1000000 * stride[0];
    out[3] = box[0] + 1000 * box[1] + 1000000 * step[0] + 10000000 * step[1];
    return 0;
}
#endif

#ifdef CUBLAS
int cublasCreate_v2(void** handle) {
    *handle = (void*)0x1234;
    return 0;
}
int cublasGetVersion_v2(void* handle, int* version) {
    *version = handle == (void*)0x1234 ? CUBLAS : -1;
    return 0;
}
#endif

#ifdef CUDNN
/* As the real one does, it opens its parts by name; here they must be loaded already. */
unsigned long cudnnGetVersion(void) {
#ifdef CUDNN_PART
    if (!dlopen(CUDNN_PART, RTLD_LAZY | RTLD_NOLOAD)) return 0;
#endif
    return CUDNN;
}
#endif

#ifdef PLANTED
__attribute__((constructor)) static void planted(void) { puts("planted library loaded"); }
#endif
