#include "elements.h"

namespace {
template <class T> void matches_definition(const char* kernel, Sizes shape, Sizes b_shape, size_t shift = 0) {
    const Shape a_at(shape), b_at(b_shape);
    Buffer<T> a = scaled_rows<T>(a_at.count() / shape[4], shape[4], 1), b = normals<T>(b_at.count() + shift, 2);
    Buffer<T> out(a.size());
    std::vector<double> expected(a.size());
    for (size_t i = 0; i < a.size(); ++i) {
        const Sizes at = a_at.position(i);
        expected[i] = a[i] + b[shift + b_at.index_broadcast(at)];
    }
    const unsigned rows = static_cast<unsigned>(a_at.count() / shape[4]);
    launch(kernel, blocks(rows * groups<T>(shape[4]), 256), 256, 0, out.data(), a.data(), b.data() + shift,
           long5(shape), long5(b_at.broadcast_strides()));
    expect_close(text("%s [.., %lld, %lld]", kernel, shape[3], shape[4]), out, expected, rounding<T>());
}
void both(Sizes shape, Sizes b_shape) {
    matches_definition<bf16>("add", shape, b_shape);
    matches_definition<float>("add_f32", shape, b_shape);
}
} // namespace

TEST(one_value) { both({1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}); }
TEST(same_shape_merged_to_one_axis) { both({1, 1, 1, 1, 257 * 33}, {1, 1, 1, 1, 257 * 33}); }
TEST(channels_of_odd_width) { both({1, 1, 1, 1519, 3}, {1, 1, 1, 1, 3}); }
TEST(channels_of_full_groups) { both({1, 1, 1, 257, 136}, {1, 1, 1, 1, 136}); }
TEST(last_axis) { both({1, 1, 1, 257, 37}, {1, 1, 1, 257, 1}); }
TEST(batch_and_space_of_five_axes) { both({2, 3, 5, 4, 17}, {2, 1, 5, 1, 17}); }
TEST(outer_axes_only) { both({3, 2, 5, 7, 24}, {1, 2, 1, 7, 1}); }
TEST(one_for_all) { both({2, 3, 1, 9, 11}, {1, 1, 1, 1, 1}); }
TEST(second_operand_unaligned) {
    matches_definition<bf16>("add", {1, 1, 1, 9, 24}, {1, 1, 1, 9, 24}, 1);
    matches_definition<float>("add_f32", {1, 1, 1, 9, 24}, {1, 1, 1, 9, 24}, 3);
}
