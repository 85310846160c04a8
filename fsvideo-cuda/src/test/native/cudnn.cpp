/*
 * The functions of cuDNN that the backend calls, computing on host memory: the fake driver's device memory. VERSION chooses the numbers
 * of cuDNN 8 or 9. As on tensor cores, channels that are no multiple of 8 are refused.
 */
#include "numbers.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {
#if VERSION == 8
enum { SUCCESS = 0, NOT_INITIALIZED = 1, BAD_PARAM = 3, INTERNAL_ERROR = 4, NOT_SUPPORTED = 9 };
#else
enum { SUCCESS = 0, NOT_INITIALIZED = 1001, BAD_PARAM = 2000, INTERNAL_ERROR = 4000, NOT_SUPPORTED = 3000 };
#endif
enum { F32 = 0, BF16 = 9, NHWC = 1, CROSS_CORRELATION = 1, TENSOR_OP_MATH = 1, FMA_MATH = 3 };
enum { IMPLICIT_GEMM = 0, IMPLICIT_PRECOMP_GEMM = 1, WINOGRAD = 6 };

struct Handle { void* stream = nullptr; };
struct Tensor { int type = -1, size[5] = {}, stride[5] = {}; };
struct Filter { int type = -1, size[5] = {}; };
struct Convolution { int pad[3] = {}, step[3] = {}, math = -1; };
struct Guess { int algorithm, status; float time; size_t memory; int deterministic, math, reserved[3]; };

int live = 0; // descriptors made and not destroyed

template <class T> int make(T** out) { return *out = new T(), ++live, SUCCESS; }
template <class T> int destroy(T* descriptor) {
    if (!descriptor) return BAD_PARAM;
    return delete descriptor, --live, SUCCESS;
}
bool positive(const int* values, int count) {
    for (int i = 0; i < count; ++i) {
        if (values[i] < 1) return false;
    }
    return true;
}

float load(const void* from, int64_t at, int type) { return load_number(from, at, type == F32); }
void store(void* to, int64_t at, int type, float value) { store_number(to, at, type == F32, value); }

/* Whether the channels lie innermost and nothing lies between elements. */
bool packed(const Tensor& t) {
    const int* n = t.size;
    const int64_t row = static_cast<int64_t>(n[4]) * n[1], frame = n[3] * row, clip = n[2] * frame;
    return clip * n[0] < (1ll << 31) && t.stride[0] == clip && t.stride[1] == 1 && t.stride[2] == frame && t.stride[3] == row
        && t.stride[4] == n[1];
}

int check(const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y) {
    if (!x || !w || !c || !y || x->type < 0 || w->type < 0 || c->math < 0) return BAD_PARAM;
    if (x->type != w->type || x->type != y->type || x->size[1] != w->size[1]) return BAD_PARAM;
    if (y->size[0] != x->size[0] || y->size[1] != w->size[0]) return BAD_PARAM;
    for (int i = 0; i < 3; ++i) {
        const int length = (x->size[2 + i] + 2 * c->pad[i] - w->size[2 + i]) / c->step[i] + 1;
        if (x->size[2 + i] + 2 * c->pad[i] < w->size[2 + i] || y->size[2 + i] != length) return BAD_PARAM;
    }
    if (!packed(*x) || !packed(*y) || w->size[0] % 8 || w->size[1] % 8) return NOT_SUPPORTED;
    return c->math == (x->type == BF16 ? TENSOR_OP_MATH : FMA_MATH) ? SUCCESS : NOT_SUPPORTED;
}

size_t workspace(const Tensor* x, int algorithm) { return algorithm == IMPLICIT_PRECOMP_GEMM && x->size[2] > 1 ? 1000 : 0; }

float sum(const Tensor& x, const void* in, const Filter& w, const void* weight, const Convolution& c, int n, int k, const int* at) {
    float total = 0;
    for (int tap = 0; tap < w.size[2] * w.size[3] * w.size[4]; ++tap) {
        const int kernel[3] = {tap / (w.size[3] * w.size[4]), tap / w.size[4] % w.size[3], tap % w.size[4]};
        int64_t place = static_cast<int64_t>(n) * x.stride[0];
        bool inside = true;
        for (int i = 0; i < 3; ++i) {
            const int position = at[i] * c.step[i] + kernel[i] - c.pad[i];
            inside = inside && position >= 0 && position < x.size[2 + i];
            place += static_cast<int64_t>(position) * x.stride[2 + i];
        }
        const int taps = w.size[2] * w.size[3] * w.size[4];
        for (int channel = 0; inside && channel < x.size[1]; ++channel) {
            const int64_t of = (static_cast<int64_t>(k) * taps + tap) * w.size[1] + channel;
            total += load(in, place + channel, x.type) * load(weight, of, w.type);
        }
    }
    return total;
}
} // namespace

extern "C" {
size_t cudnnGetVersion() { return VERSION == 8 ? 8902 : 90000; }
const char* cudnnGetErrorString(int code) {
    switch (code) {
    case SUCCESS: return "CUDNN_STATUS_SUCCESS";
    case NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
    case BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
    default: return "CUDNN_STATUS_INTERNAL_ERROR";
    }
}
int cudnnCreate(Handle** handle) { return *handle = new Handle(), SUCCESS; }
int cudnnDestroy(Handle* handle) {
    if (!handle || live) abort(); // a descriptor was forgotten
    return delete handle, SUCCESS;
}
int cudnnSetStream(Handle* handle, void* stream) {
    if (!handle || !stream) return NOT_INITIALIZED;
    return handle->stream = stream, SUCCESS;
}
int cudnnCreateTensorDescriptor(Tensor** out) { return make(out); }
int cudnnCreateFilterDescriptor(Filter** out) { return make(out); }
int cudnnCreateConvolutionDescriptor(Convolution** out) { return make(out); }
int cudnnDestroyTensorDescriptor(Tensor* descriptor) { return destroy(descriptor); }
int cudnnDestroyFilterDescriptor(Filter* descriptor) { return destroy(descriptor); }
int cudnnDestroyConvolutionDescriptor(Convolution* descriptor) { return destroy(descriptor); }

int cudnnSetTensorNdDescriptor(Tensor* tensor, int type, int count, const int* size, const int* stride) {
    if (!tensor || count != 5 || (type != F32 && type != BF16) || !positive(size, 5) || !positive(stride, 5)) return BAD_PARAM;
    tensor->type = type;
    std::memcpy(tensor->size, size, sizeof tensor->size);
    std::memcpy(tensor->stride, stride, sizeof tensor->stride);
    return SUCCESS;
}
int cudnnSetFilterNdDescriptor(Filter* filter, int type, int format, int count, const int* size) {
    if (!filter || count != 5 || (type != F32 && type != BF16) || !positive(size, 5)) return BAD_PARAM;
    if (format != NHWC) return NOT_SUPPORTED;
    filter->type = type;
    std::memcpy(filter->size, size, sizeof filter->size);
    return SUCCESS;
}
int cudnnSetConvolutionNdDescriptor(Convolution* c, int count, const int* pad, const int* step, const int* dilation, int mode,
                                    int compute) {
    if (!c || count != 3 || !positive(step, 3) || !positive(dilation, 3)) return BAD_PARAM;
    if (mode != CROSS_CORRELATION || compute != F32 || dilation[0] * dilation[1] * dilation[2] != 1) return NOT_SUPPORTED;
    std::memcpy(c->pad, pad, sizeof c->pad);
    std::memcpy(c->step, step, sizeof c->step);
    return SUCCESS;
}
int cudnnSetConvolutionMathType(Convolution* c, int math) { return c ? (c->math = math, SUCCESS) : BAD_PARAM; }

/* The fastest guess rounds otherwise, the next is not deterministic, the third is not supported after all. */
int cudnnGetConvolutionForwardAlgorithm_v7(Handle* handle, const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y,
                                           int most, int* count, Guess* guesses) {
    if (!handle || !handle->stream || most < 4) return NOT_INITIALIZED;
    if (int code = check(x, w, c, y); code == BAD_PARAM) return code;
    const int supported = check(x, w, c, y);
    guesses[0] = {WINOGRAD, SUCCESS, -1, 0, 1, c->math, {}};
    guesses[1] = {IMPLICIT_GEMM, SUCCESS, -1, 0, 0, c->math, {}};
    guesses[2] = {IMPLICIT_GEMM, NOT_SUPPORTED, -1, 0, 1, c->math, {}};
    guesses[3] = {IMPLICIT_PRECOMP_GEMM, supported, -1, 0, 1, c->math, {}};
    return *count = 4, SUCCESS;
}
int cudnnGetConvolutionForwardWorkspaceSize(Handle* handle, const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y,
                                            int algorithm, size_t* bytes) {
    if (!handle || algorithm != IMPLICIT_PRECOMP_GEMM) return NOT_SUPPORTED;
    return *bytes = workspace(x, algorithm), check(x, w, c, y);
}
int cudnnConvolutionForward(Handle* handle, const float* one, const Tensor* x, const void* in, const Filter* w, const void* weight,
                            const Convolution* c, int algorithm, void* work, size_t bytes, const float* zero, const Tensor* y,
                            void* out) {
    if (!handle || !handle->stream || algorithm != IMPLICIT_PRECOMP_GEMM || *one != 1 || *zero != 0) return BAD_PARAM;
    if (!in || !weight || !out || bytes < workspace(x, algorithm)) return BAD_PARAM;
    if (int code = check(x, w, c, y)) return code;
    std::memset(work, 0xff, bytes);
    const int* n = y->size;
    for (int64_t i = 0; i < static_cast<int64_t>(n[0]) * n[1] * n[2] * n[3] * n[4]; ++i) {
        const int k = i % n[1], at[3] = {static_cast<int>(i / n[1] / n[4] / n[3] % n[2]), static_cast<int>(i / n[1] / n[4] % n[3]),
                                         static_cast<int>(i / n[1] % n[4])};
        store(out, i, y->type, sum(*x, in, *w, weight, *c, i / n[1] / n[4] / n[3] / n[2], k, at));
    }
    return SUCCESS;
}
}
