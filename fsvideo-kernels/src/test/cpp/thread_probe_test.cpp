#include "elements.h"

TEST(threads_of_a_block) {
    Buffer<int> out(256 * 8);
    launch("thread_probe", 1, 256, 0, out.data());
    int counters[32] = {}, token = 0;
    for (int t = 0; t < 256; ++t) counters[t * 7 & 31] += t;
    for (int turn = 0; turn < 4; ++turn) token = (token * 3 + 1) * 3 + 2;
    std::vector<int> expected;
    for (int t = 0; t < 256; ++t) {
        const int lane = t % 32, first = t - lane;
        unsigned votes = 0;
        for (int i = 0; i < 32; ++i) votes |= static_cast<unsigned>((first + i) % 3 == 0) << i;
        const int own[] = {lane < 3 ? t : t - 3, lane + 5 < 32 ? t + 5 : t, t ^ 9, (t & ~7) + 4, static_cast<int>(votes),
                           (t >= 32) * 2 + (t / 32 == 1), counters[lane], token};
        expected.insert(expected.end(), own, own + 8);
    }
    expect_bits("thread_probe", out, expected);
}
