#include "elements.h"

namespace {
template <class T> void matches_definition(size_t count, size_t dim, int rows, bool outside) {
    Buffer<T> table = random_bits<T>(static_cast<size_t>(rows) * dim, dim), out(count * dim);
    Buffer<int> ids(count);
    Random random(count);
    for (size_t i = 0; i < count; ++i) ids.at(i) = static_cast<int>(random.bits() % static_cast<unsigned>(rows));
    ids.at(count - 1) = rows - 1;
    if (outside) ids.at(0) = -1, ids.at(count / 2) = rows, ids.at(count - 1) = 0x7fffffff;
    std::vector<T> expected(out.size());
    std::memset(static_cast<void*>(expected.data()), 0xff, expected.size() * sizeof(T));
    for (size_t i = 0; i < expected.size(); ++i) {
        const int id = ids.at(i / dim);
        if (id >= 0 && id < rows) expected[i] = table.at(static_cast<size_t>(id) * dim + i % dim);
    }
    std::memset(static_cast<void*>(out.data()), 0x55, out.size() * sizeof(T));
    launch("embedding", count, 128, 0, reinterpret_cast<unsigned char*>(out.data()), ids.data(),
           reinterpret_cast<unsigned char*>(table.data()), static_cast<long long>(dim * sizeof(T)), rows);
    expect_bits(text("[%zu, %zu]", count, dim), out, expected);
}
} // namespace

TEST(one_id) { matches_definition<uint16_t>(1, 8, 1, false); }
TEST(full_groups) { matches_definition<uint16_t>(257, 136, 50, false); }
TEST(odd_width) { matches_definition<uint16_t>(257, 37, 50, false); }
TEST(rows_wider_than_a_block) { matches_definition<uint16_t>(9, 1519, 50, false); }
TEST(many_ids) { matches_definition<uint32_t>(1519, 20, 300, false); }
TEST(ids_outside_the_table_give_nan) {
    matches_definition<uint16_t>(33, 24, 7, true);
    matches_definition<uint32_t>(33, 3, 7, true);
}
TEST(table_of_more_than_2_32_bytes) {
    const int rows = 1 << 28;
    SparseMemory table(size_t(rows) * 24);
    Buffer<uint8_t> out(24);
    Buffer<int> ids(1);
    ids.at(0) = rows - 1;
    std::vector<uint8_t> expected(24);
    for (size_t i = 0; i < 24; ++i) table.data()[size_t(rows - 1) * 24 + i] = expected[i] = static_cast<uint8_t>(i + 1);
    launch("embedding", 1, 128, 0, static_cast<unsigned char*>(out.data()), ids.data(), table.data(), 24ll, rows);
    expect_bits("last row", out, expected);
}
