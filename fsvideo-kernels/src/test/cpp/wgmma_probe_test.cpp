// Does the emulator's wgmma mean what its descriptors say? Small integers: every sum is exact, also in FP8's 14 bits.
#include "test.h"

namespace {
constexpr int CU_SWIZZLE[] = {0, 3, 2, 1};            // by the code of ptx::desc
constexpr unsigned SPAN[] = {16, 128, 64, 32};        // bytes

Buffer<bf16> integers(size_t n, uint64_t seed) {
    Buffer<bf16> b(n);
    Random random(seed);
    for (size_t i = 0; i < n; ++i) assign(b.at(i), static_cast<double>(random.bits() % 9) - 4);
    return b;
}

double at(const Buffer<bf16>& x, int row, int k, int transposed) { return transposed ? x[k * 64 + row] : x[row * 64 + k]; }

std::vector<double> product(const Buffer<bf16>& a, const Buffer<bf16>& b, int n, int transposed_a, int transposed_b) {
    std::vector<double> out(size_t(64) * n);
    for (size_t i = 0; i < out.size(); ++i) {
        for (int k = 0; k < 64; ++k) out[i] += at(a, i / n, k, transposed_a) * at(b, i % n, k, transposed_b);
    }
    return out;
}
CUtensorMap panels(const Buffer<bf16>& x, int swizzle) {
    return tensor_map(x, {{64, 64}, {SPAN[swizzle] / 2, 64}}, CU_SWIZZLE[swizzle]);
}
} // namespace

TEST(every_swizzle_and_direction_of_both_operands) {
    const Buffer<bf16> a = integers(4096, 1), b = integers(4096, 2);
    for (int layout = 0; layout < 64; ++layout) {
        const int sa = layout >> 4, ta = layout >> 3 & 1, sb = layout >> 1 & 3, tb = layout & 1;
        Buffer<float> out(4096);
        launch("wgmma_layouts", 1, 128, 17408, out.data(), panels(a, sa), panels(b, sb), sa, ta, sb, tb);
        expect_close(text("swizzles %d %d, transposed %d %d", sa, sb, ta, tb), out, product(a, b, 64, ta, tb), EXACT);
    }
}

TEST(first_operand_in_registers) {
    const Buffer<bf16> a = integers(4096, 3), b = integers(4096, 4);
    for (int swizzle = 0; swizzle < 4; ++swizzle) {
        for (int transposed = 0; transposed < 2; ++transposed) {
            Buffer<float> out(4096);
            launch("wgmma_registers", 1, 128, 17408, out.data(), static_cast<const bf16*>(a.data()), panels(b, swizzle),
                   swizzle, transposed);
            expect_close(text("swizzle %d, transposed %d", swizzle, transposed), out, product(a, b, 64, 0, transposed), EXACT);
        }
    }
}

TEST(e4m3_in_every_swizzle) {
    Buffer<uint8_t> a(8192), b(8192);
    Random random(5);
    for (size_t i = 0; i < 8192; ++i) {
        a.at(i) = emulator::float_to_e4m3(static_cast<float>(random.bits() % 9) - 4);
        b.at(i) = emulator::float_to_e4m3(static_cast<float>(random.bits() % 9) - 4);
    }
    std::vector<double> expected(4096);
    for (size_t i = 0; i < 4096; ++i) {
        for (int k = 0; k < 128; ++k) {
            expected[i] += double(emulator::e4m3_to_float(a.at(i / 64 * 128 + k))) *
                           emulator::e4m3_to_float(b.at(i % 64 * 128 + k));
        }
    }
    for (int layout = 0; layout < 16; ++layout) {
        const int sa = layout >> 2, sb = layout & 3;
        Buffer<float> out(4096);
        launch("wgmma_e4m3", 1, 128, 17408, out.data(), tensor_map(a, {{128, 64}, {SPAN[sa], 64}}, CU_SWIZZLE[sa]),
               tensor_map(b, {{128, 64}, {SPAN[sb], 64}}, CU_SWIZZLE[sb]), sa, sb);
        expect_close(text("swizzles %d %d", sa, sb), out, expected, EXACT);
    }
}

TEST(every_width) {
    const Buffer<bf16> a = integers(4096, 6);
    for (const int n : {8, 16, 32, 64, 96, 128, 192, 256}) {
        const Buffer<bf16> b = integers(size_t(n) * 64, n);
        Buffer<float> out(size_t(n) * 64);
        launch("wgmma_widths", 1, 128, 41984, out.data(), panels(a, 1), tensor_map(b, {{64, unsigned(n)}, {64, unsigned(n)}}), n);
        expect_close(text("n = %d", n), out, product(a, b, n, 0, 0), EXACT);
    }
}
