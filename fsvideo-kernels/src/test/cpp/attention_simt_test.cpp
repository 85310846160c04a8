#include "dtypes.h"

namespace {
struct Problem { int batch, queries, keys, key_rows, heads, dim; bool bias; };

template <class T> void matches_definition(const Problem& p) {
    const size_t width = size_t(p.heads) * p.dim;
    Buffer<T> q = normals<T>(size_t(p.batch) * p.queries * width, 1), out(q.size());
    Buffer<T> k = normals<T>(size_t(p.batch) * p.key_rows * width, 2), v = normals<T>(k.size(), 3);
    Buffer<float> bias = normals<float>(size_t(p.heads) * p.queries * p.key_rows, 4);
    for (size_t i = 0; i < k.size(); ++i) { // rows that must not be read
        if (int(i / width % p.key_rows) >= p.keys) assign(k.at(i), NAN), assign(v.at(i), NAN);
    }
    const int side = p.dim | 1;
    const float scale = float(1 / std::sqrt(double(p.dim)));
    launch(DType<T>::entry("attention_simt").c_str(), Dim((p.queries + 15) / 16, p.heads, p.batch), 256,
           4u * unsigned(16 * (side + 33) + 32 * side), out.data(), q.data(), k.data(), v.data(),
           p.bias ? bias.data() : nullptr, p.queries, p.keys, p.key_rows, p.heads, p.dim, scale);
    std::vector<double> expected(out.size()), weight(size_t(p.keys));
    for (size_t row = 0; row < out.size() / p.dim; ++row) {
        const size_t head = row % p.heads, query = row / p.heads % p.queries, sample = row / p.heads / p.queries;
        double largest = -1e300, total = 0;
        for (size_t j = 0; j < weight.size(); ++j) {
            const size_t key = ((sample * p.key_rows + j) * p.heads + head) * p.dim;
            double score = 0;
            for (int c = 0; c < p.dim; ++c) score += q[row * p.dim + c] * k[key + c];
            weight[j] = score * scale + (p.bias ? bias[(head * p.queries + query) * p.key_rows + j] : 0);
            largest = std::max(largest, weight[j]);
        }
        for (double& w : weight) total += w = std::exp(w - largest);
        for (size_t j = 0; j < weight.size(); ++j) {
            const size_t key = ((sample * p.key_rows + j) * p.heads + head) * p.dim;
            for (int c = 0; c < p.dim; ++c) expected[row * p.dim + c] += weight[j] / total * v[key + c];
        }
    }
    const std::string what = text("[%d, %d x %d, %d, %d]", p.batch, p.queries, p.keys, p.heads, p.dim);
    // Scores of size s are off by a few units of F32 of s, weights by as much, relatively.
    expect_close(what, out, expected, sizeof(T) == 2 ? Tolerance{1e-5, 4.1e-3} : Tolerance{3e-6, 1e-5});
}
void both(const Problem& p) {
    matches_definition<float>(p);
    matches_definition<bf16>(p);
}
} // namespace

TEST(one_number) { both({1, 1, 1, 1, 1, 1, false}); }
TEST(small_heads) { both({3, 5, 9, 9, 4, 2, false}); }
TEST(ragged_tiles_and_heads_of_28) { both({2, 67, 65, 65, 1, 28, true}); }
TEST(many_keys) { both({1, 3, 519, 519, 1, 80, false}); }
TEST(keys_behind_the_last_are_not_read) { both({2, 17, 33, 70, 2, 64, true}); }
TEST(widest_head) { both({1, 3, 40, 40, 1, 512, false}); }
TEST(equal_values_give_that_value) {
    Buffer<float> q = normals<float>(8, 1), k = normals<float>(5000 * 8, 2), v(5000 * 8), out(8);
    for (size_t i = 0; i < v.size(); ++i) k.at(i) = 0.5f, v.at(i) = 0.1f * float(i % 8);
    launch("attention_simt_f32", 1, 256, 4u * (16 * (9 + 33) + 32 * 9), out.data(), q.data(), k.data(), v.data(),
           static_cast<float*>(nullptr), 1, 5000, 5000, 1, 8, 1.0f);
    std::vector<double> expected;
    for (int i = 0; i < 8; ++i) expected.push_back(double(0.1f * float(i)));
    expect_close("equal values", out, expected, FLOAT32);
}
