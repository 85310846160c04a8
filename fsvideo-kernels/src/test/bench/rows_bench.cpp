// Kernels over rows of the transformer's width.
#include "bench.h"

namespace {
std::string rows_of(size_t rows, size_t dim) { return text("[%zu, %zu]", rows, dim); }
const size_t DIM_THREADS = 32;                // values a thread
} // namespace

TEST(layer_norm) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim;
        Case c("layer_norm", rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim);
        const auto weight = c.in<float>(dim), bias = c.in<float>(dim);
        c.launch("layer_norm", rows, 128, 0, out, x, weight, bias, int(dim), 1e-6f);
    }
}

TEST(rms_norm) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim;
        Case c("rms_norm", rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim);
        const auto weight = c.in<float>(dim);
        c.launch("rms_norm", rows, threads_for(dim, DIM_THREADS), 0, out, x, weight, int(dim), 1e-6f);
    }
}

// Half a row, as on two devices.
TEST(sum_of_squares) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim / 2;
        Case c("sum_of_squares", rows_of(rows, dim));
        const auto out = c.out<float>(rows);
        const auto x = c.in<bf16>(rows * dim);
        c.launch("sum_of_squares", rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, out, x, int(dim));
    }
}

TEST(rms_scale) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim / 2;
        Case c("rms_scale", rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim);
        const auto squares = c.in<float>(rows), weight = c.in<float>(dim);
        c.launch("rms_scale", rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, out, x, squares, weight, int(dim), int(2 * dim), 1e-6f);
    }
}

TEST(modulated_norm) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim;
        Case c("modulated_norm", rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim);
        const auto shift = c.in<float>(dim), scale = c.in<float>(dim);
        c.launch("modulated_norm", rows, threads_for(dim, DIM_THREADS), 0, out, x, shift, scale, int(dim), 1e-6f);
    }
}

TEST(qk_norm_rope) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim, head = dim / model().heads;
        Case c("qk_norm_rope", rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim);
        const auto weight = c.in<float>(dim), table = c.in<float>(rows * head);
        c.launch("qk_norm_rope", rows, threads_for(dim, DIM_THREADS), 0, out, x, weight, table, 1, int(dim), int(head), 1e-6f);
    }
}

TEST(rope) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim, head = dim / model().heads;
        Case c("rope", rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim);
        const auto table = c.in<float>(rows * head);
        c.launch("rope", rows, threads_for(std::min<size_t>(dim, 640), 8), 0, out, x, table, 1, int(dim), int(head));
    }
}

TEST(gated_add) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim;
        Case c("gated_add", rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim), y = c.in<bf16>(rows * dim);
        const auto gate = c.in<float>(dim);
        c.launch("gated_add", rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, out, x, gate, y, int(dim));
    }
}

TEST(glu_silu) { // a stage of the autoencoder with 1/16 of the height and width
    const size_t rows = at_scale(31 * 45 * 80, 17), dim = at_scale(4096, 72);
    Case c("glu_silu", rows_of(rows, dim));
    const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * 2 * dim);
    c.launch("glu_silu", rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, out, x, int(dim));
}

TEST(bias_activation) { // behind a library's product
    const size_t rows = at_scale(7440, 17), dim = at_scale(13824, 72);
    Case c("bias_activation", rows_of(rows, dim));
    c.bytes(4.0 * static_cast<double>(rows * dim)); // in place
    const auto x = c.in<bf16>(rows * dim);
    const auto bias = c.in<float>(dim);
    c.launch("bias_activation", rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, x, bias, int(dim), 2);
}

TEST(softmax) { // scores of the text encoder
    const size_t rows = at_scale(64 * 512, 17), dim = at_scale(512, 72);
    Case c("softmax", rows_of(rows, dim));
    const auto out = c.out<bf16>(rows * dim), x = c.in<bf16>(rows * dim);
    c.launch("softmax", rows, threads_for(dim, 32), 0, out, x, int(dim));
}

TEST(quantize_rows) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim;
        Case c("quantize_rows", rows_of(rows, dim));
        const auto out = c.out<uint8_t>(rows * dim);
        const auto scale = c.out<float>(rows);
        const auto x = c.in<bf16>(rows * dim);
        c.launch("quantize_rows", rows, threads_for(dim, 32), 0, out, scale, x, int(dim));
    }
}

namespace {
// One call mixes `count` states; a forward pass of 40 layers reads 820.
template <class T> PointerList<64> states_of(Case& c, size_t count, size_t values) {
    PointerList<64> list;
    for (size_t j = 0; j < count; ++j) list.offsets.push_back(c.in<T>(values).offset);
    return list;
}
} // namespace

TEST(layer_mix) {
    struct { float of[64]; } scales;
    std::fill(std::begin(scales.of), std::end(scales.of), 0.5f);
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim, count = model().states, threads = threads_for(std::min<size_t>(dim, 2048), 8);
        Case c("layer_mix", text("%zu states ", count) + rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), logits = c.in<bf16>(rows * count);
        const auto states = states_of<bf16>(c, count, rows * dim);
        c.launch("layer_mix", rows, threads, 0, out, logits, states, 2, int(count), int(dim));
        Case f8("layer_mix", text("%zu states ", count) + rows_of(rows, dim));
        const auto f8_out = f8.out<bf16>(rows * dim), f8_logits = f8.in<bf16>(rows * count);
        const auto f8_states = states_of<uint8_t>(f8, count, rows * dim);
        f8.launch("layer_mix_e4m3", rows, threads, 0, f8_out, f8_logits, f8_states, scales, 2, int(count), int(dim));
    }
}

TEST(layer_mix_norm) {
    for (const size_t rows : model().tokens) {
        const size_t dim = model().dim, count = model().states;
        Case c("layer_mix_norm", text("%zu states ", count) + rows_of(rows, dim));
        const auto out = c.out<bf16>(rows * dim), logits = c.in<bf16>(rows * count);
        const auto shift = c.in<float>(dim), scale = c.in<float>(dim);
        const auto states = states_of<bf16>(c, count, rows * dim);
        c.launch("layer_mix_norm", rows, threads_for(dim, DIM_THREADS), 0, out, logits, states, shift, scale, 2, int(count),
                 int(dim), 1e-6f);
    }
}
