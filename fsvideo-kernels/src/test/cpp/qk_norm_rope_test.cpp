#include "dtypes.h"

namespace {
struct Shape {
    size_t batch, tokens, heads, head_dim;
    size_t dim() const { return heads * head_dim; }
    size_t rows() const { return batch * tokens; }
};

// Cosines and sines of frames, height and width in turn, as the model's table has them.
Buffer<float> angles(size_t rows, size_t head_dim) {
    Buffer<float> table(rows * head_dim);
    const size_t pairs = head_dim / 2, side = pairs / 3;
    for (size_t row = 0; row < rows; ++row) {
        for (size_t p = 0; p < pairs; ++p) {
            const size_t frames = pairs - 2 * side;
            const size_t axis = p < frames ? 0 : p < frames + side ? 1 : 2;
            const size_t position[] = {row / 20, row / 5 % 4, row % 5};
            const size_t within = axis == 0 ? p : (p - frames) % std::max<size_t>(side, 1);
            const double angle =
                double(position[axis]) * std::pow(1e4, -double(within) / double(axis == 0 ? frames : side));
            assign(table.at(row * head_dim + 2 * p), std::cos(angle));
            assign(table.at(row * head_dim + 2 * p + 1), std::sin(angle));
        }
    }
    return table;
}

struct Inputs { const Buffer<float>& weight; const Buffer<float>& table; };

template <class T> std::vector<double> definition(const T* x, const Inputs& in, Shape s, size_t table_rows) {
    std::vector<double> out(s.rows() * s.dim());
    for (size_t row = 0; row < s.rows(); ++row) {
        const T* const from = x + row * s.dim();
        double square = 0;
        for (size_t i = 0; i < s.dim(); ++i) square += value(from[i]) * value(from[i]) / double(s.dim());
        const double scale = 1.0 / std::sqrt(square + 1e-6);
        for (size_t i = 0; i < s.dim(); i += 2) {
            const size_t turn = row % table_rows * s.head_dim + i % s.head_dim;
            const double a = value(from[i]) * scale * in.weight[i], b = value(from[i + 1]) * scale * in.weight[i + 1];
            out[row * s.dim() + i] = a * in.table[turn] - b * in.table[turn + 1];
            out[row * s.dim() + i + 1] = a * in.table[turn + 1] + b * in.table[turn];
        }
    }
    return out;
}

template <class T> void matches(Shape s, size_t table_batches) {
    Buffer<T> x = scaled_rows<T>(s.rows(), s.dim(), 5), out(s.rows() * s.dim());
    Buffer<float> weight = normals<float>(s.dim(), 2), table = angles(table_batches * s.tokens, s.head_dim);
    launch(DType<T>::entry("qk_norm_rope").c_str(), Dim(s.tokens, s.batch), threads_for(s.dim(), 32), 0, out.data(),
           x.data(), weight.data(), table.data(), int(table_batches), int(s.dim()), int(s.head_dim), 1e-6f);
    // Two products of up to four by three standard deviations may cancel.
    Tolerance tolerance = DType<T>::rounding;
    tolerance.absolute = 1e-5;
    expect_close(text("[%zu, %zu, %zu, %zu]", s.batch, s.tokens, s.heads, s.head_dim), out,
                 definition<T>(x.data(), {weight, table}, s, table_batches * s.tokens), tolerance);
}
void matches_definition(Shape s) {
    matches<bf16>(s, 1);
    if (s.tokens < 1000) matches<float>(s, s.batch);
}
} // namespace

TEST(one_token) { matches_definition({1, 1, 1, 8}); }
TEST(odd_token_count) { matches_definition({2, 257, 3, 28}); }
TEST(tokens_of_an_odd_latent) { matches_definition({1, 1519, 1, 64}); }
TEST(width_of_the_model) { matches_definition({2, 3, 40, 128}); }
TEST(odd_head_count) { matches_definition({3, 7, 5, 80}); }
TEST(width_of_no_whole_group) { matches_definition({2, 9, 3, 6}); }
