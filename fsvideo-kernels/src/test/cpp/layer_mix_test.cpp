#include "dtypes.h"

namespace {
struct States { const void* at[64]; };

template <class T> std::vector<double> mixed(const std::vector<double>& logits, const std::vector<Buffer<T>>& states,
                                             size_t dim, bool magnitudes) {
    const size_t count = states.size();
    std::vector<double> out(states[0].size());
    for (size_t i = 0; i < out.size(); ++i) {
        const double* const token = logits.data() + i / dim * count;
        double most = token[0], total = 0;
        for (size_t j = 0; j < count; ++j) most = std::max(most, token[j]);
        for (size_t j = 0; j < count; ++j) {
            const double weight = std::exp(token[j] - most), v = states[j][i];
            total += weight;
            out[i] += weight * (magnitudes ? std::abs(v) : v);
        }
        out[i] /= total;
    }
    return out;
}

template <class T, class L> void mix(Buffer<T>& out, const Buffer<L>& logits, const std::vector<Buffer<T>>& states, size_t dim) {
    States addresses{};
    for (size_t j = 0; j < states.size(); ++j) addresses.at[j] = states[j].data();
    launch(DType<T>::entry("layer_mix").c_str(), out.size() / dim, threads_for(std::min<size_t>(dim, 2048), 8), 0,
           out.data(), static_cast<const void*>(logits.data()), addresses, int(sizeof(L)), int(states.size()), int(dim));
}

template <class T, class L = T> void matches(size_t tokens, size_t dim, size_t count) {
    Buffer<L> logits = normals<L>(tokens * count, 1, 2.0);
    std::vector<Buffer<T>> states;
    for (size_t j = 0; j < count; ++j) states.push_back(scaled_rows<T>(tokens, dim, 10 + j));
    Buffer<T> out(tokens * dim);
    mix(out, logits, states, dim);
    const std::vector<double> expected = mixed(values(logits), states, dim, false);
    const std::vector<double> magnitude = mixed(values(logits), states, dim, true);
    // Terms may cancel: weights are good to 1e-6 and each addition rounds once, both relative to the magnitudes.
    const double terms = 1e-6 + 1.2e-7 * double(count), rounding = sizeof(T) == 2 ? 4.1e-3 : 0.0;
    std::vector<double> wrong(expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        const double error = std::abs(out[i] - expected[i]);
        wrong[i] = error <= terms * magnitude[i] + rounding * std::abs(expected[i]) ? 0.0 : error;
    }
    expect_close_values(text("%zu states [%zu, %zu]", count, tokens, dim), wrong, std::vector<double>(wrong.size()), EXACT);
}
void matches_definition(size_t tokens, size_t dim, size_t count) {
    matches<bf16>(tokens, dim, count);
    if (tokens < 1000) matches<float>(tokens, dim, count);
}
// FP8 states times a scale each against the same states in float.
void matches_e4m3(size_t tokens, size_t dim, size_t count) {
    struct { float of[64]; } scales{};
    const Buffer<float> logits = normals<float>(tokens * count, 1, 2.0);
    std::vector<Buffer<uint8_t>> codes;
    std::vector<Buffer<float>> states;
    States addresses{};
    for (size_t j = 0; j < count; ++j) {
        const Buffer<float> x = scaled_rows<float>(tokens, dim, 10 + j);
        scales.of[j] = 0.25f * float(j + 1);
        codes.emplace_back(x.size());
        states.emplace_back(x.size());
        for (size_t i = 0; i < x.size(); ++i) {
            codes[j].at(i) = emulator::float_to_e4m3(float(x[i]));
            assign(states[j].at(i), double(scales.of[j]) * emulator::e4m3_to_float(codes[j].at(i)));
        }
        addresses.at[j] = codes[j].data();
    }
    Buffer<bf16> out(tokens * dim);
    launch("layer_mix_e4m3", tokens, threads_for(dim, 8), 0, out.data(), static_cast<const void*>(logits.data()),
           addresses, scales, 4, int(count), int(dim));
    // Terms may cancel: weights are good to 1e-6 of magnitudes that reach 448 * 0.25 * count.
    expect_close(text("%zu states [%zu, %zu]", count, tokens, dim), out, mixed(values(logits), states, dim, false),
                 {1e-6 * 112.0 * double(count), 4.1e-3});
}
// Huge logits pick one state, equal ones average.
template <class T> void extremes_in() {
    const double given[] = {1e4, -1e4, 0, 2e4, 2e4, -1e4};
    Buffer<T> logits(6), out(4);
    for (size_t i = 0; i < 6; ++i) assign(logits.at(i), given[i]);
    std::vector<Buffer<T>> states;
    const double first[] = {1, 10, 7}, step[] = {1, 10, 0};
    for (size_t j = 0; j < 3; ++j) {
        states.emplace_back(4);
        for (size_t i = 0; i < 4; ++i) assign(states[j].at(i), first[j] + step[j] * double(i));
    }
    mix(out, logits, states, 2);
    expect_close("extremes", out, {1, 2, 16.5, 22}, EXACT);
}
} // namespace

TEST(one_state) { matches_definition(1, 8, 1); }
TEST(odd_token_count) { matches_definition(257, 136, 5); }
TEST(tokens_of_an_odd_latent) { matches_definition(1519, 64, 3); }
TEST(states_of_the_model) { matches_definition(2, 5120, 40); }
TEST(just_over_one_warp) { matches_definition(5, 72, 33); }
TEST(most_states) { matches_definition(3, 136, 64); }
TEST(unaligned_rows) { matches_definition(7, 77, 6); }
TEST(logits_of_another_dtype) {
    matches<bf16, float>(9, 24, 7);
    matches<float, bf16>(9, 24, 7);
}
TEST(states_in_e4m3) {
    matches_e4m3(9, 72, 5);
    matches_e4m3(5, 77, 40);
}
TEST(extremes) {
    extremes_in<bf16>();
    extremes_in<float>();
}
