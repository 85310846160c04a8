// Tests of kernels that exist for BF16 and, under a second name, for F32.
#pragma once
#include "test.h"

template <class T> struct DType;
template <> struct DType<bf16> {
    static constexpr Tolerance rounding = {1e-5, 4.1e-3}; // half a unit in the last place
    static std::string entry(const char* kernel) { return kernel; }
};
template <> struct DType<float> {
    static constexpr Tolerance rounding = FLOAT32;
    static std::string entry(const char* kernel) { return std::string(kernel) + "_f32"; }
};
// Threads for a row of `dim` values when one holds `values` of them: a multiple of 32.
inline size_t threads_for(size_t dim, size_t values) { return (dim + values * 32 - 1) / (values * 32) * 32; }
