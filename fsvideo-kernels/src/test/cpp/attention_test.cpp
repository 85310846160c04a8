#include "test.h"

namespace {
// Probabilities are rounded to BF16 (1.1e-3 rms) and so is the result (1.66e-3); a row that one key dominates can be
// off by half an ulp of each, 2 * 3.9e-3.
constexpr double BOUND = 3e-3, ROW_BOUND = 8e-3;

struct Problem {
    int batch, queries, keys, heads, dim;
    Buffer<bf16> q, k, v;
    std::vector<int> lengths;                 // empty: all keys
    std::vector<float> bias;                  // [heads, queries, bias_columns], empty: none
    int bias_columns = 0;
    Problem(int b, int n, int m, int h, int d)
        : batch(b), queries(n), keys(m), heads(h), dim(d), q(normals<bf16>(size_t(b) * n * h * d, n)),
          k(normals<bf16>(size_t(b) * m * h * d, m + 1)), v(normals<bf16>(size_t(b) * m * h * d, 7)) {}
    int valid(int sample) const { return lengths.empty() ? keys : lengths[size_t(sample)]; }
};

std::vector<double> definition(const Problem& p) {
    const std::vector<double> q = values(p.q), k = values(p.k), v = values(p.v);
    std::vector<double> out(q.size()), weight(size_t(p.keys));
    const double scale = 1 / std::sqrt(double(p.dim));
    for (size_t row = 0; row < q.size() / p.dim; ++row) {
        const size_t head = row % p.heads, query = row / p.heads % p.queries, sample = row / p.heads / p.queries;
        double largest = -1e300, total = 0;
        for (int j = 0; j < p.valid(int(sample)); ++j) {
            double s = 0;
            for (int c = 0; c < p.dim; ++c) {
                s += q[row * p.dim + c] * k[((sample * p.keys + j) * p.heads + head) * p.dim + c];
            }
            weight[j] = s * scale;
            if (!p.bias.empty()) weight[j] += p.bias[(head * p.queries + query) * p.bias_columns + j];
            largest = std::max(largest, weight[j]);
        }
        for (int j = 0; j < p.valid(int(sample)); ++j) total += weight[j] = std::exp(weight[j] - largest);
        for (int j = 0; j < p.valid(int(sample)); ++j) {
            for (int c = 0; c < p.dim; ++c) {
                out[row * p.dim + c] += weight[j] / total * v[((sample * p.keys + j) * p.heads + head) * p.dim + c];
            }
        }
    }
    return out;
}

CUtensorMap map_of(const Buffer<bf16>& x, const Problem& p, int tokens) {
    return tensor_map(x, {{unsigned(p.dim), unsigned(p.heads), unsigned(tokens), unsigned(p.batch)}, {64, 1, 128, 1}});
}

Buffer<bf16> run_sm90(const Problem& p, const int* lengths, float scale) {
    Buffer<bf16> out(p.q.size());
    launch(text("attention_%d", p.dim).c_str(), Dim((p.queries + 127) / 128, p.heads, p.batch), 384,
           p.dim == 64 ? 81992 : 163912, out.data(), map_of(p.q, p, p.queries), map_of(p.k, p, p.keys),
           map_of(p.v, p, p.keys), lengths, p.queries, p.keys, p.heads, scale);
    return out;
}

Buffer<bf16> run_sm80(const Problem& p, const int* lengths, float scale) {
    Buffer<bf16> out(p.q.size());
    const Buffer<float> added = buffer_of(p.bias);
    const float* bias = p.bias.empty() ? nullptr : added.data();
    launch(text("attention_sm80_%d", p.dim).c_str(), Dim((p.queries + 63) / 64, p.heads, p.batch), 128, 0, out.data(),
           p.q.data(), p.k.data(), p.v.data(), lengths, bias, p.queries, p.keys, p.heads,
           p.bias_columns, scale);
    return out;
}

void matches_definition(const Problem& p) {
    const std::vector<double> expected = definition(p);
    const Buffer<int> valid = buffer_of(p.lengths);
    const int* lengths = p.lengths.empty() ? nullptr : valid.data();
    const float scale = float(1.4426950408889634 / std::sqrt(double(p.dim)));
    const std::string what = text("[%d, %d x %d, %d, %d]", p.batch, p.queries, p.keys, p.heads, p.dim);
    const Buffer<bf16> plain = run_sm80(p, lengths, scale);
    expect_row_norm("sm80 " + what, plain, expected, p.dim, ROW_BOUND);
    expect_norm("sm80 " + what, plain, expected, BOUND);
    if (!p.bias.empty()) return;
    const Buffer<bf16> out = run_sm90(p, lengths, scale);
    expect_row_norm("sm90 " + what, out, expected, p.dim, ROW_BOUND);
    expect_norm("sm90 " + what, out, expected, BOUND);
}
} // namespace

TEST(one_token) {
    for (int dim : {64, 80, 128}) matches_definition({1, 1, 1, 2, dim});
}
TEST(self_257_head_64) { matches_definition({1, 257, 257, 1, 64}); }
TEST(self_257_head_80) { matches_definition({1, 257, 257, 1, 80}); }
TEST(self_131_head_128) { matches_definition({1, 131, 131, 2, 128}); }
TEST(cross_to_image_tokens) { matches_definition({2, 70, 257, 2, 128}); }
TEST(cross_to_text) { matches_definition({1, 33, 512, 1, 128}); }
TEST(many_keys) { matches_definition({1, 20, 1519, 1, 64}); }

TEST(key_lengths_differ) {
    Problem p(4, 65, 300, 1, 128);
    p.lengths = {300, 129, 1, 64};
    matches_definition(p);
}

TEST(a_sample_without_keys_gives_zeros) {
    Problem p(2, 40, 50, 1, 64);
    p.lengths = {0, 50};
    matches_definition(p);
}

TEST(large_scores) {
    Problem p(1, 40, 200, 1, 80);
    p.q = scaled_rows<bf16>(40, 80, 3);
    matches_definition(p);
}

TEST(relative_position_bias) {
    Problem p(1, 70, 90, 2, 64);
    p.bias_columns = 101;
    Random random(9);
    for (int i = 0; i < 2 * 70 * 101; ++i) p.bias.push_back(float(random.normal() * 3));
    matches_definition(p);
}
