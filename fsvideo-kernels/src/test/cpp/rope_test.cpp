#include "dtypes.h"

namespace {
struct Shape {
    size_t batch, tokens, heads, head_dim;
    size_t width() const { return heads * head_dim; }
    size_t size() const { return batch * tokens * width(); }
};

Buffer<float> angles(size_t rows, size_t head_dim) {
    Buffer<float> table(rows * head_dim);
    for (size_t i = 0; i < table.size(); i += 2) {
        assign(table.at(i), std::cos(0.37 * double(i)));
        assign(table.at(i + 1), std::sin(0.37 * double(i)));
    }
    return table;
}

template <class T> void matches(Shape s, size_t table_batches) {
    Buffer<T> x = scaled_rows<T>(s.batch * s.tokens, s.width(), s.size()), out(s.size());
    Buffer<float> table = angles(table_batches * s.tokens, s.head_dim);
    launch(DType<T>::entry("rope").c_str(), Dim(s.tokens, s.batch), threads_for(std::min<size_t>(s.width(), 640), 8), 0,
           out.data(), x.data(), table.data(), int(table_batches), int(s.width()), int(s.head_dim));
    std::vector<double> wrong(s.size()), zero(s.size());
    for (size_t i = 0; i < s.size(); i += 2) {
        const size_t token = i / s.width(), turn = token % (table_batches * s.tokens) * s.head_dim + i % s.head_dim;
        const double a = x[i], b = x[i + 1], cosine = table[turn], sine = table[turn + 1];
        const double expected[] = {a * cosine - b * sine, a * sine + b * cosine};
        // The products may cancel: F32 errors are relative to them, the rounding on storing to the result.
        const double products = 2e-7 * (std::abs(a) + std::abs(b));
        for (size_t k = 0; k < 2; ++k) {
            const double allowed = products + (sizeof(T) == 2 ? 4.1e-3 : 0.0) * std::abs(expected[k]);
            const double error = std::abs(out[i + k] - expected[k]);
            wrong[i + k] = error <= allowed ? 0.0 : error;
        }
    }
    expect_close_values(text("[%zu, %zu, %zu, %zu]", s.batch, s.tokens, s.heads, s.head_dim), wrong, zero, EXACT);
}
void matches_definition(Shape s) {
    matches<bf16>(s, 1);
    if (s.tokens < 1000) matches<float>(s, s.batch);
    if (s.tokens < 100) matches<bf16>(s, s.batch);
    if (s.tokens < 100) matches<float>(s, 1);
}
} // namespace

TEST(one_pair) { matches_definition({1, 1, 1, 2}); }
TEST(head_of_no_whole_group) { matches_definition({2, 257, 3, 28}); }
TEST(tokens_of_an_odd_latent) { matches_definition({1, 1519, 2, 64}); }
TEST(odd_head_count) { matches_definition({3, 7, 5, 80}); }
TEST(head_of_the_model) { matches_definition({2, 5, 40, 128}); }
TEST(width_of_no_whole_group) { matches_definition({2, 9, 3, 6}); }
