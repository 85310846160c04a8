#include "elements.h"

namespace {
// Parts of [outer, part, inner] joined along the middle axis, one launch each.
template <class T> void joins(size_t outer, const std::vector<size_t>& parts, size_t inner) {
    size_t whole = 0;
    for (const size_t part : parts) whole += part;
    Buffer<T> out(outer * whole * inner);
    std::vector<T> expected(out.size());
    size_t at = 0;
    for (const size_t part : parts) {
        Buffer<T> x = random_bits<T>(outer * part * inner, part + at);
        for (size_t i = 0; i < x.size(); ++i) {
            expected[(i / (part * inner) * whole + at) * inner + i % (part * inner)] = x.at(i);
        }
        const size_t row = part * inner * sizeof(T);
        launch("concat", blocks(outer * blocks(row, 16), 256), 256, 0,
               reinterpret_cast<unsigned char*>(out.data() + at * inner), reinterpret_cast<unsigned char*>(x.data()),
               static_cast<long long>(whole * inner * sizeof(T)), static_cast<long long>(row),
               static_cast<long long>(outer));
        at += part;
    }
    expect_bits(text("%zu x %zu x %zu", outer, whole, inner), out, expected);
}
} // namespace

TEST(one_value) { joins<uint32_t>(1, {1}, 1); }
TEST(outermost_axis) { joins<uint16_t>(1, {257, 1, 33}, 7); }
TEST(last_axis_of_odd_widths) { joins<uint16_t>(257, {3, 8, 1}, 1); }
TEST(last_axis_of_full_groups) { joins<uint16_t>(257, {128, 8}, 1); }
TEST(middle_axis) { joins<uint32_t>(5, {2, 9}, 24); }
TEST(bytes) { joins<uint8_t>(31, {5, 16, 48}, 3); }
TEST(words_of_an_odd_latent) { joins<uint32_t>(1519, {4, 3}, 1); }
TEST(rows_more_than_2_32_bytes_apart) {
    const size_t pitch = (size_t{5} << 30) + 48, row = 48;
    SparseMemory out(2 * pitch + row);
    Buffer<uint8_t> x = random_bits<uint8_t>(3 * row, 1), gathered(3 * row);
    launch("concat", 1, 256, 0, out.data(), static_cast<unsigned char*>(x.data()), static_cast<long long>(pitch),
           static_cast<long long>(row), 3ll);
    for (size_t i = 0; i < x.size(); ++i) gathered.at(i) = out.data()[i / row * pitch + i % row];
    expect_bits("5 GiB apart", gathered, std::vector<uint8_t>(x.data(), x.data() + x.size()));
}
