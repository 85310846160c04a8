#include "dtypes.h"

namespace {
struct Shape {
    size_t batch, queries, keys, heads, head_dim, chunk;
    size_t state() const { return batch * heads * head_dim * (head_dim + 1); }
    size_t side() const { return (head_dim + 3) / 4 * 4; }
    size_t block() const { return head_dim <= 32 ? 64 : 256; }
};
template <class T> struct Inputs { const Buffer<T>&q, &k, &v; };

template <class T> Buffer<T> attention(const Inputs<T>& in, Shape s, float eps) {
    const size_t chunks = (s.keys + s.chunk - 1) / s.chunk, side = s.side();
    Buffer<float> partial(chunks * s.state()), sums(s.state());
    Buffer<T> out(in.q.size());
    launch(DType<T>::entry("linear_attention_sum").c_str(), Dim(chunks, s.heads, s.batch), s.block(),
           unsigned(256 * side), partial.data(), in.k.data(), in.v.data(), int(s.keys), int(s.head_dim), int(s.chunk));
    launch("linear_attention_reduce", (s.state() + 255) / 256, 256, 0, sums.data(), partial.data(), int(s.state()),
           int(chunks));
    launch(DType<T>::entry("linear_attention").c_str(), Dim((s.queries + 31) / 32, s.heads, s.batch), s.block(),
           unsigned(4 * side * (side + 33)), out.data(), in.q.data(), sums.data(), int(s.queries),
           int(s.head_dim), eps);
    return out;
}

// With magnitudes, of |v|: what errors are relative to.
template <class T> std::vector<double> definition(const Inputs<T>& in, Shape s, double eps, bool magnitudes) {
    std::vector<double> out(in.q.size());
    const size_t dim = s.head_dim, width = s.heads * dim;
    for (size_t head = 0; head < s.batch * s.heads; ++head) {
        const size_t at = head % s.heads * dim, batch = head / s.heads;
        std::vector<double> products(dim * dim), z(dim);
        for (size_t key = 0; key < s.keys; ++key) {
            const size_t row = (batch * s.keys + key) * width + at;
            for (size_t i = 0; i < dim; ++i) {
                const double a = std::max(in.k[row + i], 0.0);
                z[i] += a;
                for (size_t j = 0; j < dim && a != 0; ++j) {
                    products[i * dim + j] += a * (magnitudes ? std::abs(in.v[row + j]) : in.v[row + j]);
                }
            }
        }
        for (size_t query = 0; query < s.queries; ++query) {
            const size_t row = (batch * s.queries + query) * width + at;
            double divisor = eps;
            for (size_t i = 0; i < dim; ++i) divisor += std::max(in.q[row + i], 0.0) * z[i];
            for (size_t j = 0; j < dim; ++j) {
                double sum = 0;
                for (size_t i = 0; i < dim; ++i) sum += std::max(in.q[row + i], 0.0) * products[i * dim + j];
                out[row + j] = sum / divisor;
            }
        }
    }
    return out;
}

template <class T> void matches(Shape s, float eps) {
    const size_t width = s.heads * s.head_dim;
    const Buffer<T> q = scaled_rows<T>(s.batch * s.queries, width, 1), k = scaled_rows<T>(s.batch * s.keys, width, 2),
                    v = scaled_rows<T>(s.batch * s.keys, width, 3);
    const Inputs<T> in{q, k, v};
    const Buffer<T> out = attention(in, s, eps);
    const std::vector<double> expected = definition(in, s, double(eps), false);
    const std::vector<double> magnitude = definition(in, s, double(eps), true);
    // Sums over keys and over channels, of the numerator and of the divisor; each addition rounds once.
    const double terms = 6e-8 * 2 * (double(s.chunk) + double(s.keys / s.chunk) + double(s.head_dim));
    const double rounding = sizeof(T) == 2 ? 4.1e-3 : 1e-6;
    std::vector<double> wrong(expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        const double error = std::abs(out[i] - expected[i]);
        wrong[i] = error <= terms * magnitude[i] + rounding * std::abs(expected[i]) ? 0.0 : error;
    }
    expect_close_values(text("%zu queries, %zu keys, %zu heads of %zu", s.queries, s.keys, s.heads, s.head_dim), wrong,
                        std::vector<double>(wrong.size()), EXACT);
}
void matches_definition(Shape s) {
    matches<bf16>(s, 1e-15f);
    if (s.keys < 1000) matches<float>(s, 1e-15f);
    if (s.keys < 32) matches<float>(s, 1e-3f);
}

template <class T> void gives_zero_in() {
    const Shape s{1, 9, 5, 2, 16, 4};
    Buffer<T> minus(9 * 32), plus(9 * 32), zeros(9 * 32), v = normals<T>(5 * 32, 4);
    for (size_t i = 0; i < minus.size(); ++i) {
        assign(minus.at(i), -1.0);
        assign(plus.at(i), 1.0);
    }
    Buffer<T> k = normals<T>(5 * 32, 5), no_keys(5 * 32);
    for (size_t i = 0; i < no_keys.size(); ++i) assign(no_keys.at(i), -1.0);
    const std::vector<double> nothing(9 * 32);
    expect_close("negative queries", attention<T>({minus, k, v}, s, 1e-15f), nothing, EXACT);
    expect_close("negative keys", attention<T>({plus, no_keys, v}, s, 1e-15f), nothing, EXACT);
}
} // namespace

TEST(one_token) { matches_definition({1, 1, 1, 1, 8, 1024}); }
TEST(odd_token_count) { matches_definition({2, 257, 257, 2, 28, 96}); }
TEST(tokens_of_an_odd_latent) { matches_definition({1, 1519, 1519, 1, 32, 512}); }
TEST(head_of_80) { matches_definition({2, 7, 33, 1, 80, 1024}); }
TEST(head_of_128) { matches_definition({1, 33, 61, 1, 128, 40}); }
TEST(head_of_2) { matches_definition({3, 5, 9, 4, 2, 1024}); }
TEST(head_of_5) { matches_definition({2, 33, 31, 3, 5, 10}); }
TEST(negative_queries_or_keys_give_zero) {
    gives_zero_in<bf16>();
    gives_zero_in<float>();
}
TEST(sums_have_a_fixed_order) {
    const Shape s{1, 3, 40, 1, 8, 8};
    const Buffer<float> q = normals<float>(24, 1), k = normals<float>(320, 2), v = normals<float>(320, 3);
    const Buffer<float> one = attention<float>({q, k, v}, s, 1e-15f);
    if (emulator_set("schedule", "reverse")) throw TestFailure(emulator_error());
    expect_close("the same under another schedule", attention<float>({q, k, v}, s, 1e-15f), values(one), EXACT);
}
