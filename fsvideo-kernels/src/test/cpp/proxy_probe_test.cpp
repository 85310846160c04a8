#include "test.h"

namespace {
void matches_definition(int rows, int columns, int depth) {
    const Buffer<float> a = normals<float>(size_t(rows) * depth, 1);
    const Buffer<bf16> w = normals<bf16>(size_t(columns) * depth, 2);
    Buffer<bf16> out(size_t(rows) * columns);
    launch("proxy_probe", Dim(columns / 64, rows / 64), 128, 17408,
           tensor_map(out, {{unsigned(columns), unsigned(rows)}, {64, 64}}), static_cast<const float*>(a.data()),
           tensor_map(w, {{unsigned(depth), unsigned(columns)}, {64, 64}}), depth);
    std::vector<double> expected(out.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        for (int k = 0; k < depth; ++k) {
            const float rounded = __bfloat162float(__float2bfloat16_rn(a.at(i / columns * depth + k)));
            expected[i] += rounded * w[i % columns * depth + k];
        }
    }
    expect_norm(text("[%d, %d, %d]", rows, columns, depth), out, expected, 2.5e-3);
}
} // namespace

TEST(one_tile) { matches_definition(64, 64, 64); }
TEST(tiles_and_steps) { matches_definition(128, 192, 256); }
