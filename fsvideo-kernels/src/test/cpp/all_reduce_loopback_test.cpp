#include "elements.h"

namespace {
template <class T> void matches_definition(const char* kernel, size_t count, int ranks) {
    PointerArray pointers{};
    std::vector<Buffer<T>> buffers;
    std::vector<double> sum(count), ordered(count);
    std::vector<float> total(count);
    for (int rank = 0; rank < ranks; ++rank) {
        buffers.push_back(scaled_rows<T>(count, 1, static_cast<uint64_t>(rank) * 7 + count));
        pointers.v[rank] = buffers.back().data();
        for (size_t i = 0; i < count; ++i) {
            const float x = static_cast<float>(buffers.back()[i]);
            total[i] = rank == 0 ? x : total[i] + x;
        }
    }
    std::vector<T> expected(count);
    for (size_t i = 0; i < count; ++i) assign(expected[i], total[i]);
    launch(kernel, blocks(groups<T>(count), 256), 256, 0, pointers, ranks, static_cast<long long>(count));
    for (int rank = 0; rank < ranks; ++rank) {
        expect_bits(text("%s rank %d of %d", kernel, rank, ranks), buffers[static_cast<size_t>(rank)], expected);
    }
}
void both(size_t count, int ranks) {
    matches_definition<bf16>("all_reduce_loopback", count, ranks);
    matches_definition<float>("all_reduce_loopback_f32", count, ranks);
}
} // namespace

TEST(one_rank_keeps_its_values) { both(257, 1); }
TEST(two_ranks) { both(1519, 2); }
TEST(eight_ranks_in_rank_order) { both(4099, 8); }
TEST(one_value_of_three) { both(1, 3); }
TEST(whole_blocks) { both(2048, 5); }
