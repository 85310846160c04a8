// Matrix products and attention of the transformer.
#include "bench.h"

namespace {
enum { NONE, SILU, GELU_TANH };
size_t processors() { return at_scale(132, 2); }
std::string product_of(size_t m, size_t n, size_t k) { return text("[%zu, %zu] x [%zu, %zu]", m, k, n, k); }

void gemm(size_t m, size_t n, size_t k, int activation, bool gated) {
    const double flops = 2.0 * double(m) * double(n) * double(k);
    const std::string shape = product_of(m, n, k) + (gated ? " gated residual" : activation ? " gelu" : "");
    for (const unsigned width : {256u, 128u}) {
        Case c("gemm", shape);
        const auto out = c.out<bf16>(m * n), a = c.in<bf16>(m * k), w = c.in<bf16>(n * k), residual = c.in<bf16>(m * n);
        const auto bias = c.in<float>(n), gate = c.in<float>(n);
        c.tensor_flops(flops).bytes(2.0 * double(m * k + n * k + m * n * (gated ? 2 : 1)));
        const Map<bf16> map_a{a, {{k, m, 1}, {64, 128, 1}}}, map_w{w, {{k, n, 1}, {64, width, 1}}};
        const size_t tiles = blocks(m, 128) * blocks(n, width);
        const char* const entry = width == 256 ? "gemm_128x256" : "gemm_128x128";
        const unsigned shared = width == 256 ? 197632 : 164864;
        const auto run = [&](const auto& r, const auto& g) {
            c.launch(entry, std::min(tiles, processors()), 384, shared, out, map_a, map_w, bias, r, g, int(m), int(n), int(k), 1,
                     gated ? int(m) : 0, activation);
        };
        if (gated) run(residual, gate);
        else run(static_cast<bf16*>(nullptr), static_cast<float*>(nullptr));
    }
}
} // namespace

TEST(gemm) {
    const size_t dim = model().dim, ffn = model().ffn;
    for (const size_t rows : model().tokens) {
        gemm(rows, dim, dim, NONE, false);
        gemm(rows, 3 * dim, dim, NONE, false);
        gemm(rows, ffn, dim, GELU_TANH, false);
        gemm(rows, dim, ffn, NONE, true);
    }
    gemm(at_scale(8192, 64), at_scale(8192, 64), at_scale(8192, 64), NONE, false);
    const size_t rows = model().tokens[0];
    Case c("gemm", product_of(rows, dim, dim));
    const auto out = c.out<bf16>(rows * dim), a = c.in<bf16>(rows * dim), w = c.in<bf16>(dim * dim);
    const auto bias = c.in<float>(dim);
    c.tensor_flops(2.0 * double(rows) * double(dim) * double(dim));
    c.launch("gemm_sm80", Dim(blocks(dim, 128), blocks(rows, 128)), 256, 32768, out, a, w, bias, static_cast<bf16*>(nullptr),
             static_cast<float*>(nullptr), int(rows), int(dim), int(dim), 0, NONE);
}

TEST(gemm_fp8) {
    const size_t dim = model().dim, ffn = at_scale(model().ffn, 320);
    for (const size_t rows : model().tokens) {
        for (const size_t n : {dim, ffn}) {
            Case c("gemm_fp8", product_of(rows, n, dim));
            const auto out = c.out<bf16>(rows * n);
            const auto a = c.in<uint8_t>(rows * dim), w = c.in<uint8_t>(n * dim);
            const auto scale_a = c.in<float>(rows), scale_w = c.in<float>(n), bias = c.in<float>(n);
            c.f8_flops(2.0 * double(rows) * double(n) * double(dim));
            const size_t tiles = blocks(rows, 128) * blocks(n, 128);
            c.launch("gemm_fp8_128x128", std::min(tiles, processors()), 384, 164864, out,
                     Map<uint8_t>{a, {{dim, rows, 1}, {128, 128, 1}}}, Map<uint8_t>{w, {{dim, n, 1}, {128, 128, 1}}}, scale_a,
                     scale_w, bias, static_cast<bf16*>(nullptr), static_cast<float*>(nullptr), int(rows), int(n), int(dim), 1, 0,
                     NONE);
        }
    }
}

TEST(gemm_few) { // the time embedding's projection to six modulations
    const size_t rows = 2, dim = model().dim, columns = 6 * dim;
    Case c("gemm_few", product_of(rows, columns, dim));
    const auto out = c.out<float>(rows * columns), x = c.in<float>(rows * dim), w = c.in<float>(columns * dim),
               bias = c.in<float>(columns);
    c.launch("gemm_few_f32_f32", Dim(blocks(columns, 8), 1), 256, 0, out, x, w, bias, int(rows), int(columns), int(dim),
             int(dim), SILU);
}

TEST(gemm_simt) { // as many rows as no other kernel of F32 takes
    const size_t dim = model().dim, columns = 6 * dim;
    for (const size_t rows : {at_scale(512, 70)}) {
        Case c("gemm_simt", product_of(rows, columns, dim));
        const auto out = c.out<float>(rows * columns), x = c.in<float>(rows * dim), w = c.in<float>(columns * dim),
                   bias = c.in<float>(columns);
        c.f32_flops(2.0 * double(rows) * double(columns) * double(dim));
        c.launch("gemm_simt_f32_f32", Dim(blocks(rows, 64), blocks(columns, 64)), 256, 0, out, x, w, bias, int(rows),
                 int(columns), int(dim), int(dim), SILU);
    }
}

namespace {
void attention(size_t queries, size_t keys, size_t heads, unsigned dim, const char* what) {
    const double flops = 4.0 * double(queries) * double(keys) * double(heads) * dim;
    const std::string shape = text("%zu x %zu, %zu heads of %u %s", queries, keys, heads, dim, what);
    const float scale = float(1.4426950408889634 / std::sqrt(double(dim)));
    Case c("attention", shape);
    const auto out = c.out<bf16>(queries * heads * dim), q = c.in<bf16>(queries * heads * dim),
               k = c.in<bf16>(keys * heads * dim), v = c.in<bf16>(keys * heads * dim);
    const auto map = [&](const Tensor<bf16>& x, size_t tokens) {
        return Map<bf16>{x, {{dim, unsigned(heads), unsigned(tokens), 1}, {64, 1, 128, 1}}};
    };
    c.tensor_flops(flops);
    c.launch(text("attention_%u", dim).c_str(), Dim(blocks(queries, 128), heads), 384, dim == 64 ? 81992 : 163912, out,
             map(q, queries), map(k, keys), map(v, keys), static_cast<int*>(nullptr), int(queries), int(keys), int(heads), scale);
}
} // namespace

TEST(attention) {
    const size_t heads = model().heads;
    for (const size_t tokens : model().tokens) {
        attention(tokens, tokens, heads, 128, "self");
        attention(tokens, at_scale(512, 40), heads, 128, "text");
        attention(tokens, at_scale(257, 21), heads, 128, "image");
    }
    attention(at_scale(257, 21), at_scale(257, 21), at_scale(16, 2), 80, "image encoder");
    attention(at_scale(512, 40), at_scale(512, 40), at_scale(64, 2), 64, "text encoder without bias");
    const size_t tokens = model().tokens[0];
    Case c("attention", text("%zu x %zu, %zu heads of 128 self", tokens, tokens, heads));
    const size_t values = tokens * heads * 128;
    const auto out = c.out<bf16>(values), q = c.in<bf16>(values), k = c.in<bf16>(values), v = c.in<bf16>(values);
    c.tensor_flops(4.0 * double(tokens) * double(values));
    c.launch("attention_sm80_128", Dim(blocks(tokens, 64), heads), 128, 0, out, q, k, v, static_cast<int*>(nullptr),
             static_cast<float*>(nullptr), int(tokens), int(tokens), int(heads), int(tokens), 0.1275f);
}

TEST(attention_simt) { // the text encoder in F32, with its position bias
    const size_t tokens = at_scale(512, 40), heads = at_scale(64, 2), dim = 64, side = 65;
    Case c("attention_simt", text("%zu x %zu, %zu heads of %zu with bias", tokens, tokens, heads, dim));
    const size_t values = tokens * heads * dim;
    const auto out = c.out<float>(values), q = c.in<float>(values), k = c.in<float>(values), v = c.in<float>(values),
               bias = c.in<float>(heads * tokens * tokens);
    c.f32_flops(4.0 * double(tokens) * double(values));
    c.launch("attention_simt_f32", Dim(blocks(tokens, 16), heads), 256, 4 * (16 * (side + 33) + 32 * side), out, q, k, v, bias,
             int(tokens), int(tokens), int(tokens), int(heads), int(dim), 1.0f);
}
