#include "dtypes.h"

namespace {
struct States { const void* at[64]; };
struct Shape { size_t batch, tokens, dim, count; };
struct Modulation { const Buffer<float>&shift, &scale; };

template <class T, class L>
std::vector<double> definition(const Buffer<L>& logits, const std::vector<Buffer<T>>& states, Modulation m, Shape s) {
    std::vector<double> out(s.batch * s.tokens * s.dim);
    for (size_t token = 0; token < s.batch * s.tokens; ++token) {
        const size_t row = token * s.dim, entry = token / s.tokens * s.dim;
        double most = logits[token * s.count], total = 0, mean = 0, variance = 0;
        for (size_t j = 0; j < s.count; ++j) most = std::max(most, logits[token * s.count + j]);
        for (size_t j = 0; j < s.count; ++j) {
            const double weight = std::exp(logits[token * s.count + j] - most);
            total += weight;
            for (size_t i = 0; i < s.dim; ++i) out[row + i] += weight * states[j][row + i];
        }
        for (size_t i = 0; i < s.dim; ++i) mean += (out[row + i] /= total) / double(s.dim);
        for (size_t i = 0; i < s.dim; ++i) variance += (out[row + i] - mean) * (out[row + i] - mean) / double(s.dim);
        for (size_t i = 0; i < s.dim; ++i) {
            const double y = (out[row + i] - mean) / std::sqrt(variance + 1e-6);
            out[row + i] = y * (1.0 + m.scale[entry + i]) + m.shift[entry + i];
        }
    }
    return out;
}

template <class T, class Out, class L> void matches(const char* kernel, Shape s) {
    const size_t rows = s.batch * s.tokens;
    const Buffer<L> logits = normals<L>(rows * s.count, 1, 2.0);
    const Buffer<float> shift = normals<float>(s.batch * s.dim, 2), scale = normals<float>(s.batch * s.dim, 3);
    std::vector<Buffer<T>> states;
    States addresses{};
    for (size_t j = 0; j < s.count; ++j) states.push_back(scaled_rows<T>(rows, s.dim, 10 + j));
    for (size_t j = 0; j < s.count; ++j) addresses.at[j] = states[j].data();
    Buffer<Out> out(rows * s.dim);
    launch(kernel, Dim(s.tokens, s.batch), threads_for(s.dim, 32), 0, out.data(),
           static_cast<const void*>(logits.data()), addresses, shift.data(), scale.data(), int(sizeof(L)), int(s.count),
           int(s.dim), 1e-6f);
    // Shift and product, each up to five by five standard deviations, may cancel.
    expect_close(text("%zu states [%zu, %zu, %zu]", s.count, s.batch, s.tokens, s.dim), out,
                 definition(logits, states, {shift, scale}, s), {2e-5, DType<Out>::rounding.relative});
}
void matches_definition(Shape s) {
    matches<bf16, bf16, bf16>("layer_mix_norm", s);
    if (s.tokens < 1000) matches<float, float, float>("layer_mix_norm_f32", s);
    if (s.tokens < 100) matches<float, bf16, bf16>("layer_mix_norm_f32_bf16", s);
}
} // namespace

TEST(one_token) { matches_definition({1, 1, 8, 1}); }
TEST(odd_token_count) { matches_definition({2, 257, 136, 3}); }
TEST(tokens_of_an_odd_latent) { matches_definition({1, 1519, 64, 2}); }
TEST(states_of_the_model) { matches_definition({2, 1, 5120, 40}); }
TEST(most_states) { matches_definition({1, 3, 136, 64}); }
TEST(unaligned_rows) { matches_definition({2, 5, 77, 33}); }
