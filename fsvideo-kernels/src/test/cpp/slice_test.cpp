#include "elements.h"

namespace {
// Entries from .. from + wanted - 1 along the middle axis of [outer, size, inner].
template <class T> void picks(size_t outer, size_t size, size_t inner, size_t from, size_t wanted) {
    Buffer<T> x = random_bits<T>(outer * size * inner, size), out(outer * wanted * inner);
    std::vector<T> expected(out.size());
    const size_t run = wanted * inner;
    for (size_t i = 0; i < expected.size(); ++i) expected[i] = x.at((i / run * size + from) * inner + i % run);
    launch("slice", blocks(outer * blocks(run * sizeof(T), 16), 256), 256, 0, reinterpret_cast<unsigned char*>(out.data()),
           reinterpret_cast<unsigned char*>(x.data() + from * inner), static_cast<long long>(size * inner * sizeof(T)),
           static_cast<long long>(run * sizeof(T)), static_cast<long long>(outer));
    expect_bits(text("%zu x %zu of %zu x %zu", outer, wanted, size, inner), out, expected);
}
} // namespace

TEST(one_value) { picks<uint32_t>(1, 1, 1, 0, 1); }
TEST(everything) { picks<uint16_t>(1, 257, 33, 0, 257); }
TEST(outermost_axis_odd_offset) { picks<uint16_t>(1, 257, 7, 3, 250); }
TEST(one_channel_of_three) { picks<uint16_t>(1519, 3, 1, 2, 1); }
TEST(full_groups) { picks<uint16_t>(257, 136, 1, 8, 64); }
TEST(channels_from_an_odd_place) { picks<uint32_t>(257, 37, 1, 5, 24); }
TEST(middle_axis) { picks<uint32_t>(7, 9, 20, 4, 5); }
TEST(bytes) { picks<uint8_t>(31, 5, 19, 1, 3); }
TEST(rows_more_than_2_32_bytes_apart) {
    const size_t pitch = (size_t{5} << 30) + 48, row = 48;
    SparseMemory x(2 * pitch + row);
    Buffer<uint8_t> out(3 * row);
    std::vector<uint8_t> expected(out.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        expected[i] = static_cast<uint8_t>(i + 1);
        x.data()[i / row * pitch + i % row] = expected[i];
    }
    launch("slice", 1, 256, 0, static_cast<unsigned char*>(out.data()), x.data(), static_cast<long long>(pitch),
           static_cast<long long>(row), 3ll);
    expect_bits("5 GiB apart", out, expected);
}
