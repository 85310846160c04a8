// What the tests of element-wise kernels share: shapes of up to six axes, launch sizes, rounding of one operation.
#pragma once
#include "test.h"
#include <sys/mman.h>

using Sizes = std::vector<long long>;

// Row-major positions and indices.
class Shape {
public:
    explicit Shape(Sizes sizes) : sizes_(std::move(sizes)) {}
    size_t count() const {
        size_t n = 1;
        for (const long long size : sizes_) n *= static_cast<size_t>(size);
        return n;
    }
    Sizes strides() const {
        Sizes strides(sizes_.size(), 1);
        for (size_t i = sizes_.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * sizes_[i];
        return strides;
    }
    Sizes broadcast_strides() const {
        Sizes result = strides();
        for (size_t i = 0; i < sizes_.size(); ++i) result[i] = sizes_[i] == 1 ? 0 : result[i];
        return result;
    }
    Sizes position(size_t index) const {
        Sizes at(sizes_.size());
        for (size_t i = sizes_.size(); i-- > 0; index /= static_cast<size_t>(sizes_[i])) {
            at[i] = static_cast<long long>(index % static_cast<size_t>(sizes_[i]));
        }
        return at;
    }
    size_t index(const Sizes& at) const {
        size_t index = 0;
        for (size_t i = 0; i < at.size(); ++i) index = index * static_cast<size_t>(sizes_[i]) + static_cast<size_t>(at[i]);
        return index;
    }
    size_t index_broadcast(Sizes at) const {
        for (size_t i = 0; i < at.size(); ++i) at[i] = sizes_[i] == 1 ? 0 : at[i];
        return index(at);
    }
private:
    Sizes sizes_;
};

// By-value parameters of elements.cuh.
template <int N> struct LongArray { long long v[N]; };
inline LongArray<5> long5(const Sizes& s) { return {{s[0], s[1], s[2], s[3], s[4]}}; }
inline LongArray<6> long6(const Sizes& s) { return {{s[0], s[1], s[2], s[3], s[4], s[5]}}; }
struct PointerArray { void* v[8]; };
struct FloatArray { float v[8]; };

inline size_t blocks(size_t threads, size_t per_block) { return (threads + per_block - 1) / per_block; }
template <class T> size_t groups(size_t values) { return blocks(values * sizeof(T), 16); }
// One F32 operation, then one rounding to T.
template <class T> constexpr Tolerance rounding() { return sizeof(T) == 2 ? HALF_ULP_BF16 : Tolerance{0.0, 6.0e-8}; }

// The bits must be equal; NaN equals the same NaN.
template <class T> void expect_bits(const std::string& what, const Buffer<T>& actual, const std::vector<T>& expected) {
    if (actual.size() != expected.size()) throw TestFailure(what + ": wrong size");
    for (size_t i = 0; i < expected.size(); ++i) {
        if (std::memcmp(&actual.at(i), &expected[i], sizeof(T)) == 0) continue;
        unsigned long long a = 0, e = 0;
        std::memcpy(&a, &actual.at(i), sizeof(T));
        std::memcpy(&e, &expected[i], sizeof(T));
        throw TestFailure(text("%s: [%zu] expected bits %llx, got %llx", what.c_str(), i, e, a));
    }
}
// Every bit pattern that fits, in a fixed random order: raw input of kernels that only move data.
template <class T> Buffer<T> random_bits(size_t n, uint64_t seed) {
    Buffer<T> b(n);
    Random random(seed);
    for (size_t i = 0; i < n; ++i) {
        const uint64_t bits = random.bits();
        std::memcpy(&b.at(i), &bits, sizeof(T));
    }
    return b;
}
// Zeros that take memory only where written: tensors of more than 2^32 bytes.
class SparseMemory {
public:
    explicit SparseMemory(size_t bytes) : bytes_(bytes) {
        void* const p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) throw TestFailure(text("cannot map %zu bytes", bytes));
        p_ = static_cast<unsigned char*>(p);
        share_memory({static_cast<char*>(p), bytes, Values::OTHER, true});
    }
    SparseMemory(const SparseMemory&) = delete;
    SparseMemory& operator=(const SparseMemory&) = delete;
    ~SparseMemory() {
        forget_memory(p_);
        munmap(p_, bytes_);
    }
    unsigned char* data() const { return p_; }
private:
    unsigned char* p_;
    size_t bytes_;
};
