#include "elements.h"

namespace {
Sizes padded(const Sizes& s, size_t rank) {
    Sizes result(rank - s.size(), 1);
    result.insert(result.end(), s.begin(), s.end());
    return result;
}
// Strides of x along out's axes.
Sizes permuted_strides(const Sizes& x_sizes, const std::vector<size_t>& axes) {
    const Sizes strides = Shape(x_sizes).strides();
    Sizes result;
    for (const size_t axis : axes) result.push_back(strides[axis]);
    return result;
}
Sizes permuted(const Sizes& x_sizes, const std::vector<size_t>& axes) {
    Sizes result;
    for (const size_t axis : axes) result.push_back(x_sizes[axis]);
    return result;
}
template <class T> std::vector<T> definition(const Buffer<T>& x, const Sizes& x_sizes, const std::vector<size_t>& axes) {
    const Sizes out_sizes = permuted(x_sizes, axes);
    std::vector<T> expected(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
        const Sizes at = Shape(out_sizes).position(i);
        Sizes from(at.size());
        for (size_t a = 0; a < axes.size(); ++a) from[axes[a]] = at[a];
        expected[i] = x.at(Shape(x_sizes).index(from));
    }
    return expected;
}
template <class T> void transposes(const char* kernel, const Sizes& x_sizes, const std::vector<size_t>& axes, int axis = -1) {
    Buffer<T> x = random_bits<T>(Shape(x_sizes).count(), 1), out(x.size());
    const Sizes shape = padded(permuted(x_sizes, axes), 6);
    Sizes strides = padded(permuted_strides(x_sizes, axes), 6);
    const size_t lead = 6 - axes.size();
    for (size_t a = 0; a < axes.size() && axis < 0; ++a) {
        if (axes[a] == axes.size() - 1) axis = static_cast<int>(lead + a);
    }
    if (axis == 5) axis = 4;
    size_t grid = blocks(static_cast<size_t>(shape[5]), 32);
    for (int a = 0; a < 5; ++a) grid *= a == axis ? blocks(static_cast<size_t>(shape[a]), 32) : static_cast<size_t>(shape[a]);
    launch(kernel, grid, 256, 0, out.data(), x.data(), long6(shape), long6(strides), axis);
    expect_bits(text("%s axis %d", kernel, axis), out, definition(x, x_sizes, axes));
}
void all_sizes(const Sizes& x_sizes, const std::vector<size_t>& axes, int axis = -1) {
    transposes<uint8_t>("permute_b8", x_sizes, axes, axis);
    transposes<uint16_t>("permute_b16", x_sizes, axes, axis);
    transposes<uint32_t>("permute_b32", x_sizes, axes, axis);
}
template <class T> void moves_rows(const Sizes& x_sizes, const std::vector<size_t>& axes) {
    Buffer<T> x = random_bits<T>(Shape(x_sizes).count(), 1), out(x.size());
    Sizes shape = permuted(x_sizes, axes), strides = permuted_strides(x_sizes, axes);
    const size_t run = static_cast<size_t>(shape.back()) * sizeof(T);
    shape.pop_back(), strides.pop_back();
    for (long long& stride : strides) stride *= static_cast<long long>(sizeof(T));
    const size_t rows = x.size() * sizeof(T) / run;
    launch("permute_rows", blocks(rows * blocks(run, 16), 256), 256, 0, reinterpret_cast<unsigned char*>(out.data()),
           reinterpret_cast<unsigned char*>(x.data()), long5(padded(shape, 5)), long5(padded(strides, 5)),
           static_cast<long long>(run));
    expect_bits("permute_rows", out, definition(x, x_sizes, axes));
}
} // namespace

TEST(one_value) { all_sizes({1, 1}, {1, 0}); }
TEST(matrix_of_odd_sizes) { all_sizes({257, 37}, {1, 0}); }
TEST(odd_latent) { transposes<uint16_t>("permute_b16", {3, 1519}, {1, 0}); }
TEST(channels_first_to_last) { all_sizes({2, 5, 3, 4, 7}, {0, 2, 3, 4, 1}); }
TEST(channels_last_to_first) { all_sizes({2, 3, 4, 7, 40}, {0, 4, 1, 2, 3}); }
TEST(six_axes_reversed) { all_sizes({2, 3, 2, 2, 3, 33}, {5, 4, 3, 2, 1, 0}); }
TEST(any_axis_is_right) {
    for (int axis = 0; axis < 5; ++axis) transposes<uint16_t>("permute_b16", {2, 2, 3, 2, 3, 5}, {5, 0, 3, 2, 1, 4}, axis);
}
TEST(heads_before_tokens) { moves_rows<uint16_t>({2, 33, 5, 64}, {0, 2, 1, 3}); }
TEST(rows_of_odd_width) {
    moves_rows<uint16_t>({257, 3, 7}, {1, 0, 2});
    moves_rows<uint8_t>({31, 3, 5}, {1, 0, 2});
    moves_rows<uint32_t>({2, 3, 4, 5, 2, 9}, {4, 3, 2, 1, 0, 5});
}
