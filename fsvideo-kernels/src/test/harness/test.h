// A kernel's test program: tests by name, buffers with exact bounds, inputs, launches and comparisons.
// The same tests run under several schedules and deliveries (--mode plain), AddressSanitizer and the race checker.
#pragma once
#include "emulator.h"
#include "launch.h"
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using bf16 = __nv_bfloat16;

struct TestFailure : std::runtime_error { using std::runtime_error::runtime_error; };
struct Test { const char* name; void (*body)(); };
std::vector<Test>& all_tests();
struct TestRegistration { TestRegistration(const char* name, void (*body)()) { all_tests().push_back({name, body}); } };
// TEST(tails_are_masked) { ... }: fails by throwing.
#define TEST(name)                                                 \
    static void name();                                            \
    static const TestRegistration name##_registration(#name, name); \
    static void name()

std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));

// ---- values -----------------------------------------------------------------------------------------
inline double value(float v) { return v; }
inline double value(double v) { return v; }
inline double value(int v) { return v; }
inline double value(uint8_t v) { return v; }
inline double value(bf16 v) { return __bfloat162float(v); }
inline double value(__half v) { return __half2float(v); }
inline void assign(float& to, double v) { to = static_cast<float>(v); }
inline void assign(bf16& to, double v) { to = __float2bfloat16_rn(static_cast<float>(v)); }

// Memory of exactly n elements, 256-byte aligned, so that a sanitizer sees every overrun. Starts as NaN (all bits one).
template <class T> class Buffer {
public:
    explicit Buffer(size_t n) : n_(n) {
        void* memory = nullptr;
        if (posix_memalign(&memory, 256, n ? n * sizeof(T) : 1)) abort();
        p_ = static_cast<T*>(memory);
        std::memset(memory, 0xff, n * sizeof(T));
        share_memory({static_cast<char*>(memory), n * sizeof(T), values_of<T>(), false});
    }
    Buffer(Buffer&& other) noexcept : p_(other.p_), n_(other.n_) { other.p_ = nullptr; }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(p_, other.p_);
        std::swap(n_, other.n_);
        return *this;
    }
    ~Buffer() {
        if (p_) forget_memory(p_);
        free(p_);
    }
    T* data() const { return p_; }
    size_t size() const { return n_; }
    T& at(size_t i) const { return p_[i]; }
    double operator[](size_t i) const { return value(p_[i]); }
private:
    T* p_;
    size_t n_;
};

// ---- inputs: the same numbers on every machine ---------------------------------------------------------
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ull + 1) {}
    uint64_t bits();
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
    double normal();
private:
    uint64_t state_;
};
template <class T> Buffer<T> buffer_of(const std::vector<T>& values) {
    Buffer<T> b(values.size());
    if (!values.empty()) std::memcpy(b.data(), values.data(), values.size() * sizeof(T));
    return b;
}
template <class T> Buffer<T> normals(size_t n, uint64_t seed, double scale = 1.0) {
    Buffer<T> b(n);
    Random random(seed);
    for (size_t i = 0; i < n; ++i) assign(b.at(i), random.normal() * scale);
    return b;
}
// [rows, dim], row r scaled by 1, 1e-3, 1e3 or 0 in turn.
template <class T> Buffer<T> scaled_rows(size_t rows, size_t dim, uint64_t seed) {
    static const double scales[] = {1.0, 1e-3, 1e3, 0.0};
    Buffer<T> b(rows * dim);
    Random random(seed);
    for (size_t i = 0; i < rows * dim; ++i) assign(b.at(i), random.normal() * scales[i / dim % 4]);
    return b;
}
template <class T> std::vector<double> values(const Buffer<T>& b) {
    std::vector<double> v(b.size());
    for (size_t i = 0; i < v.size(); ++i) v[i] = b[i];
    return v;
}

// ---- launches -----------------------------------------------------------------------------------------
void launch_checked(const Launch& launch);
// Arguments must have exactly the types of the kernel's parameters: pass b.data(), int, float, CUtensorMap.
// Pointers must lie in a Buffer or be null, so that the same launch can run in a device's memory.
template <class... P> void launch(const char* kernel, Dim grid, Dim block, unsigned shared_bytes, P... parameters) {
    const Parameter all[] = {{&parameters, sizeof(P), std::is_pointer<P>::value}...};
    launch_checked({kernel, grid, block, shared_bytes, {all, all + sizeof...(P)}});
}
// The launch must fail, with an error that contains `part`.
void expect_failure(const char* part, const std::function<void()>& launch);

struct MapShape { std::vector<unsigned long long> size; std::vector<unsigned> box; };
CUtensorMap encode_map(void* data, int type, unsigned element_bytes, const MapShape& shape, int swizzle);
// A dense tensor, dimensions from the innermost outwards.
inline CUtensorMap tensor_map(const Buffer<bf16>& b, const MapShape& shape, int swizzle = CU_TENSOR_MAP_SWIZZLE_128B) {
    return encode_map(b.data(), CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, shape, swizzle);
}
inline CUtensorMap tensor_map(const Buffer<uint8_t>& b, const MapShape& shape, int swizzle = CU_TENSOR_MAP_SWIZZLE_128B) {
    return encode_map(b.data(), CU_TENSOR_MAP_DATA_TYPE_UINT8, 1, shape, swizzle);
}

// ---- comparisons ----------------------------------------------------------------------------------------
// |actual - expected| <= absolute + relative * |expected| for every element; NaN fails.
struct Tolerance { double absolute, relative; };
constexpr Tolerance ONE_ULP_BF16{1e-6, 8e-3}, HALF_ULP_BF16{1e-6, 4.1e-3}, FLOAT32{1e-6, 1e-5}, EXACT{0.0, 0.0};
void expect_close_values(const std::string& what, const std::vector<double>& actual,
                         const std::vector<double>& expected, Tolerance tolerance);
// Largest error over what its tolerance allows since the last call; -1 if nothing was compared.
double worst_of_tolerance();
// sqrt(sum of squared errors / sum of squares) <= bound. Rounding to BF16 alone gives 1.66e-3.
void expect_norm_values(const std::string& what, const std::vector<double>& actual,
                        const std::vector<double>& expected, double bound);
template <class T>
void expect_close(const std::string& what, const Buffer<T>& actual, const std::vector<double>& expected, Tolerance t) {
    expect_close_values(what, values(actual), expected, t);
}
template <class T>
void expect_norm(const std::string& what, const Buffer<T>& actual, const std::vector<double>& expected, double bound) {
    expect_norm_values(what, values(actual), expected, bound);
}
// The same bound for each row of `dim` values by itself; a row of zeros must be zero.
void expect_row_norm_values(const std::string& what, const std::vector<double>& actual,
                            const std::vector<double>& expected, size_t dim, double bound);
template <class T>
void expect_row_norm(const std::string& what, const Buffer<T>& actual, const std::vector<double>& expected, size_t dim,
                     double bound) {
    expect_row_norm_values(what, values(actual), expected, dim, bound);
}
