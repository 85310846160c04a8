// Kernels that treat every element alike, and copies.
#include "bench.h"

namespace {
struct Long5 { long long v[5]; };
struct Long6 { long long v[6]; };
struct Float8 { float v[8]; };
size_t rows() { return model().tokens.back(); }
size_t dim() { return model().dim; }
size_t whole() { return rows() * dim(); }
std::string shape() { return text("[%zu, %zu]", rows(), dim()); }
long long as_long(size_t v) { return static_cast<long long>(v); }

void broadcast(const char* kernel) {
    Case same(kernel, shape() + " same shape"), row(kernel, shape() + " with a row");
    const Long5 sizes{{1, 1, 1, as_long(rows()), as_long(dim())}};
    const size_t grid = blocks(rows() * blocks(dim(), 8), 256);
    const auto out = same.out<bf16>(whole()), a = same.in<bf16>(whole()), b = same.in<bf16>(whole());
    same.launch(kernel, grid, 256, 0, out, a, b, sizes, Long5{{0, 0, 0, as_long(dim()), 1}});
    const auto row_out = row.out<bf16>(whole()), row_a = row.in<bf16>(whole()), row_b = row.in<bf16>(dim());
    row.launch(kernel, grid, 256, 0, row_out, row_a, row_b, sizes, Long5{{0, 0, 0, 0, 1}});
}
} // namespace

TEST(add) { broadcast("add"); }
TEST(mul) { broadcast("mul"); }

TEST(activation) {
    const size_t count = rows() * model().ffn;
    for (const int kind : {1, 2}) {
        Case c("activation", text("[%zu, %zu] %s", rows(), model().ffn, kind == 1 ? "silu" : "gelu"));
        const auto out = c.out<bf16>(count), x = c.in<bf16>(count);
        c.launch("activation", blocks(count, 2048), 256, 0, out, x, as_long(count), kind);
    }
}

TEST(cast) {
    Case up("cast", shape()), down("cast", shape()), small("cast", shape());
    const size_t grid = blocks(whole(), 1024);
    const auto up_out = up.out<float>(whole());
    const auto up_x = up.in<bf16>(whole());
    up.launch("cast_bf16_f32", grid, 256, 0, up_out, up_x, as_long(whole()));
    const auto down_out = down.out<bf16>(whole());
    const auto down_x = down.in<float>(whole());
    down.launch("cast_f32_bf16", grid, 256, 0, down_out, down_x, as_long(whole()));
    const auto small_out = small.out<uint8_t>(whole());
    const auto small_x = small.in<bf16>(whole());
    small.launch("cast_bf16_f8", grid, 256, 0, small_out, small_x, as_long(whole()));
}

TEST(fill) {
    Case c("fill", shape());
    const auto out = c.out<bf16>(whole());
    c.launch("fill", blocks(whole() * 2, 4096), 256, 0, out, as_long(whole() * 2), 0x3f803f80u);
}

TEST(noise) {
    const size_t count = at_scale(16 * 31 * 90 * 160, 999);
    Case c("noise", text("[%zu]", count));
    const auto out = c.out<float>(count);
    c.launch("noise_f32", blocks(count, 1024), 256, 0, out, as_long(count), 7ll, 3);
}

TEST(weighted_sum) {
    Case c("weighted_sum", shape() + " of 3");
    const auto out = c.out<bf16>(whole());
    PointerList<8> terms;
    for (int i = 0; i < 3; ++i) terms.offsets.push_back(c.in<bf16>(whole()).offset);
    c.launch("weighted_sum", blocks(whole(), 2048), 256, 0, out, terms, Float8{{0.5f, 0.25f, 0.125f}}, 3, as_long(whole()));
}

TEST(all_reduce_loopback) {
    Case c("all_reduce_loopback", shape() + " of 2");
    PointerList<8> buffers;
    for (int i = 0; i < 2; ++i) buffers.offsets.push_back(c.in<bf16>(whole()).offset);
    c.bytes(4.0 * 2 * double(whole()));
    c.launch("all_reduce_loopback", blocks(whole(), 2048), 256, 0, buffers, 2, as_long(whole()));
}

TEST(concat) {
    const size_t row = dim() * 2;
    Case c("concat", shape() + " into half a row");
    const auto out = c.in<bf16>(2 * whole()), x = c.in<bf16>(whole());
    c.bytes(4.0 * double(whole()));
    c.launch("concat", blocks(rows() * blocks(row, 16), 256), 256, 0, out, x, as_long(2 * row), as_long(row), as_long(rows()));
}

TEST(slice) {
    const size_t row = dim() * 2;
    Case c("slice", shape() + " of twice the width");
    const auto out = c.out<bf16>(whole()), x = c.in<bf16>(2 * whole());
    c.bytes(4.0 * double(whole()));
    c.launch("slice", blocks(rows() * blocks(row, 16), 256), 256, 0, out, x, as_long(2 * row), as_long(row), as_long(rows()));
}

TEST(embedding) {
    const size_t count = at_scale(8192, 20), table_rows = at_scale(256384, 100), width = at_scale(4096, 72);
    std::vector<int> ids(count);
    for (size_t i = 0; i < count; ++i) ids[i] = int(i * 7919 % table_rows);
    Case c("embedding", text("%zu rows of [%zu, %zu]", count, table_rows, width));
    const auto out = c.out<bf16>(count * width), table = c.in<bf16>(table_rows * width);
    const auto picked = c.of(ids);
    c.bytes(4.0 * double(count * width));
    c.launch("embedding", count, 128, 0, out, picked, table, as_long(width * 2), int(table_rows));
}

TEST(permute) {
    const size_t heads = model().heads, head = dim() / heads, n = rows();
    Case runs("permute", text("[%zu, %zu, %zu] to heads first", n, heads, head)), turn("permute", shape() + " transposed");
    const auto out = runs.out<bf16>(whole()), x = runs.in<bf16>(whole());
    runs.launch("permute_rows", blocks(heads * n * blocks(head * 2, 16), 256), 256, 0, out, x,
                Long5{{1, 1, 1, as_long(heads), as_long(n)}}, Long5{{0, 0, 0, as_long(head * 2), as_long(dim() * 2)}},
                as_long(head * 2));
    const auto turned = turn.out<bf16>(whole()), from = turn.in<bf16>(whole());
    turn.launch("permute_b16", blocks(dim(), 32) * blocks(n, 32), 256, 0, turned, from,
                Long6{{1, 1, 1, 1, as_long(dim()), as_long(n)}}, Long6{{0, 0, 0, 0, 1, as_long(dim())}}, 4);
}
