// out = f(a, b) with b broadcast: the body of add and mul.
#pragma once
#include "elements.cuh"

// One thread per 16-byte group of the last axis; b_strides are in elements, 0 along a broadcast axis.
template <class T, class F>
DEVICE void broadcast(T* out, const T* a, const T* b, const Long5& shape, const Long5& b_strides, F f) {
    constexpr int N = GROUP<T>;
    const Split place = split(thread_index(), (shape.v[4] + N - 1) / N);
    long long row = place.quotient;
    const long long first = place.remainder * N;
    const long long at = row * shape.v[4] + first;
    long long from = first * b_strides.v[4];
#pragma unroll
    for (int axis = 3; axis >= 0; --axis) {
        if (shape.v[axis] == 1) continue; // most axes after merging; saves two divisions
        const Split at_axis = split(row, shape.v[axis]);
        from += at_axis.remainder * b_strides.v[axis];
        row = at_axis.quotient;
    }
    if (row > 0) return; // past the end
    const int valid = clamp_to(shape.v[4] - first, N);
    float x[N], y[N];
    load_group(x, a + at, valid);
    if (b_strides.v[4] == 1) {
        load_group(y, b + from, valid);
    } else {
        const float one = to_float(b[from]);
#pragma unroll
        for (int k = 0; k < N; ++k) y[k] = one;
    }
#pragma unroll
    for (int k = 0; k < N; ++k) x[k] = f(x[k], y[k]);
    store_group(out + at, x, valid);
}
