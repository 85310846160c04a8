#include "elements.h"

namespace {
struct Block { int height, width, channels, frames, side; };

// Places of one element in the packed and in the spread tensor, straight from the definition.
template <class T> void matches_definition(const char* kernel, long long planes, Block b, size_t grid) {
    const Shape packed({planes, b.height, b.width, b.channels, b.frames, b.side, b.side});
    const Shape spread({planes, b.frames, b.height, b.side, b.width, b.side, b.channels});
    Buffer<T> x(packed.count()), out(packed.count());
    for (size_t i = 0; i < x.size(); ++i) assign(x.at(i), static_cast<double>(i % 251) + 1.0);
    std::vector<T> expected(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
        const Sizes at = packed.position(i);
        const size_t j = spread.index({at[0], at[4], at[1], at[5], at[2], at[6], at[3]});
        expected[j] = x.at(i);
    }
    launch(kernel, grid, 256, 0, out.data(), x.data(), planes, b.height, b.width, b.channels, b.frames, b.side);
    expect_bits(text("%s [%lld, %d, %d, %d] by %d x %d", kernel, planes, b.height, b.width, b.channels, b.frames, b.side), out,
                expected);
}
void both(long long planes, Block b, size_t grid) {
    matches_definition<bf16>("pixel_shuffle_3d", planes, b, grid);
    matches_definition<float>("pixel_shuffle_3d_f32", planes, b, grid);
}
} // namespace

TEST(one_value) { both(1, {1, 1, 1, 1, 1}, 1); }
TEST(side_two) { both(2, {3, 5, 16, 1, 2}, 6); }
TEST(space_and_time) { both(2, {3, 5, 24, 2, 2}, 5); }
TEST(rgb_patches) { both(1, {2, 7, 3, 1, 8}, 2); }
TEST(rgb_of_an_odd_row) { both(1, {1, 1519, 3, 1, 2}, 7); }
TEST(odd_channels_and_side) { both(3, {2, 3, 37, 1, 3}, 4); }
TEST(time_only) { both(2, {3, 9, 8, 4, 1}, 6); }
TEST(pixels_larger_than_a_tile) { both(1, {1, 3, 1100, 1, 2}, 5); }
TEST(parts_of_channels_of_odd_size) { both(1, {1, 2, 523, 3, 3}, 3); }
TEST(one_block_for_all_tiles) { both(2, {2, 257, 5, 2, 2}, 1); }
