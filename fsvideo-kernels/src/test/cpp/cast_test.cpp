#include "elements.h"

namespace {
// F32 bits, then the BF16, F16 and F8 bits that io.fsvideo.tensor.Floats gives.
struct Known { uint32_t f32; uint16_t bf16, f16; uint8_t f8; };
const Known KNOWN[] = {
    {0x00000000u, 0x0000, 0x0000, 0x00}, {0x80000000u, 0x8000, 0x8000, 0x80},
    {0x3f800000u, 0x3f80, 0x3c00, 0x38}, {0x3f808000u, 0x3f80, 0x3c04, 0x38},
    {0x3f818000u, 0x3f82, 0x3c0c, 0x38}, {0xc0490fdbu, 0xc049, 0xc248, 0xc5},
    {0x477fe000u, 0x4780, 0x7bff, 0x7e}, {0x477fefffu, 0x4780, 0x7bff, 0x7e},
    {0x477ff000u, 0x4780, 0x7c00, 0x7e}, {0x43e00000u, 0x43e0, 0x5f00, 0x7e},
    {0x43e80000u, 0x43e8, 0x5f40, 0x7e}, {0x7149f2cau, 0x714a, 0x7c00, 0x7e},
    {0xf149f2cau, 0xf14a, 0xfc00, 0xfe}, {0x38800000u, 0x3880, 0x0400, 0x00},
    {0x387fda40u, 0x3880, 0x03ff, 0x00}, {0x33800000u, 0x3380, 0x0001, 0x00},
    {0x33000000u, 0x3300, 0x0000, 0x00}, {0x33000001u, 0x3300, 0x0001, 0x00},
    {0x3c800000u, 0x3c80, 0x2400, 0x08}, {0x3c700000u, 0x3c70, 0x2380, 0x08},
    {0x3a800000u, 0x3a80, 0x1400, 0x00}, {0x3a800001u, 0x3a80, 0x1400, 0x01},
    {0x3b400000u, 0x3b40, 0x1a00, 0x02}, {0x000116c2u, 0x0001, 0x0000, 0x00},
    {0x7f800000u, 0x7f80, 0x7c00, 0x7e}, {0xff800000u, 0xff80, 0xfc00, 0xfe},
    {0x7fc00001u, 0x7fc0, 0x7e00, 0x7f}, {0xff800001u, 0xffc0, 0xfe00, 0xff},
    {0x41880000u, 0x4188, 0x4c40, 0x58}, {0x41980000u, 0x4198, 0x4cc0, 0x5a},
    {0xbee00000u, 0xbee0, 0xb700, 0xae}, {0x7f7f0000u, 0x7f7f, 0x7c00, 0x7e},
};

template <class To, class From> Buffer<To> run(const char* kernel, const Buffer<From>& x) {
    Buffer<To> out(x.size());
    launch(kernel, blocks(x.size(), 1024), 256, 0, static_cast<void*>(out.data()),
           static_cast<const void*>(x.data()), static_cast<long long>(x.size()));
    return out;
}
template <class From, class To> void known(const char* kernel, From Known::*from, To Known::*to) {
    const size_t n = sizeof KNOWN / sizeof *KNOWN;
    Buffer<From> x(n);
    std::vector<To> expected(n);
    for (size_t i = 0; i < n; ++i) x.at(i) = KNOWN[i].*from, expected[i] = KNOWN[i].*to;
    expect_bits(kernel, run<To>(kernel, x), expected);
}

// Floats draws the same 4,000 words of a linear congruential generator; hash = hash * 31 + bits.
template <class To> void random_words(const char* kernel, uint64_t expected) {
    Buffer<uint32_t> x(4000);
    uint32_t word = 12345;
    for (size_t i = 0; i < x.size(); ++i) x.at(i) = word = word * 1664525u + 1013904223u;
    const Buffer<To> out = run<To>(kernel, x);
    uint64_t hash = 0;
    for (size_t i = 0; i < out.size(); ++i) hash = hash * 31 + out.at(i);
    if (hash != expected) throw TestFailure(text("%s: hash %llx", kernel, static_cast<unsigned long long>(hash)));
}
template <class From> void all_codes(const char* kernel, size_t codes, uint64_t expected) {
    Buffer<From> x(codes);
    for (size_t i = 0; i < codes; ++i) x.at(i) = static_cast<From>(i);
    const Buffer<uint32_t> out = run<uint32_t>(kernel, x);
    uint64_t hash = 0;
    for (size_t i = 0; i < codes; ++i) hash = hash * 31 + out.at(i);
    if (hash != expected) throw TestFailure(text("%s: hash %llx", kernel, static_cast<unsigned long long>(hash)));
}
// Between two small types: the same as through F32.
template <class To, class From> void through_f32(const char* kernel, const char* first, const char* second, size_t codes) {
    Buffer<From> x(codes);
    for (size_t i = 0; i < codes; ++i) x.at(i) = static_cast<From>(i * 7);
    const Buffer<To> out = run<To>(second, run<uint32_t>(first, x));
    expect_bits(kernel, run<To>(kernel, x), std::vector<To>(out.data(), out.data() + codes));
}
} // namespace

TEST(known_values) {
    known("cast_f32_bf16", &Known::f32, &Known::bf16);
    known("cast_f32_f16", &Known::f32, &Known::f16);
    known("cast_f32_f8", &Known::f32, &Known::f8);
}
TEST(random_words_to_bf16) { random_words<uint16_t>("cast_f32_bf16", 0x9a2fdb73621b8e1cull); }
TEST(random_words_to_f16) { random_words<uint16_t>("cast_f32_f16", 0x39007e61fe1886caull); }
TEST(random_words_to_f8) { random_words<uint8_t>("cast_f32_f8", 0xadb27cae61280196ull); }
TEST(every_f16_code) { all_codes<uint16_t>("cast_f16_f32", 65536, 0x4bfd13fc3b000000ull); }
TEST(every_f8_code) { all_codes<uint8_t>("cast_f8_f32", 256, 0xe9fcc86096200000ull); }
TEST(bf16_is_the_upper_half) {
    Buffer<uint16_t> x = random_bits<uint16_t>(1519, 1);
    std::vector<uint32_t> expected(x.size());
    for (size_t i = 0; i < x.size(); ++i) expected[i] = static_cast<uint32_t>(x.at(i)) << 16;
    expect_bits("cast_bf16_f32", run<uint32_t>("cast_bf16_f32", x), expected);
}
TEST(between_small_types) {
    through_f32<uint16_t, uint16_t>("cast_bf16_f16", "cast_bf16_f32", "cast_f32_f16", 9001);
    through_f32<uint8_t, uint16_t>("cast_bf16_f8", "cast_bf16_f32", "cast_f32_f8", 9001);
    through_f32<uint16_t, uint16_t>("cast_f16_bf16", "cast_f16_f32", "cast_f32_bf16", 9001);
    through_f32<uint8_t, uint16_t>("cast_f16_f8", "cast_f16_f32", "cast_f32_f8", 9001);
    through_f32<uint16_t, uint8_t>("cast_f8_bf16", "cast_f8_f32", "cast_f32_bf16", 257);
    through_f32<uint16_t, uint8_t>("cast_f8_f16", "cast_f8_f32", "cast_f32_f16", 257);
}
TEST(integers) {
    Buffer<int> x = random_bits<int>(1519, 3);
    x.at(0) = 0, x.at(1) = -1, x.at(2) = 16777217, x.at(3) = -2147483647 - 1;
    std::vector<float> expected(x.size());
    for (size_t i = 0; i < x.size(); ++i) expected[i] = static_cast<float>(x.at(i));
    expect_bits("cast_i32_f32", run<float>("cast_i32_f32", x), expected);
    Buffer<uint8_t> pixels = random_bits<uint8_t>(257, 4);
    std::vector<float> floats(257);
    for (size_t i = 0; i < 257; ++i) floats[i] = pixels.at(i);
    expect_bits("cast_u8_f32", run<float>("cast_u8_f32", pixels), floats);
}
TEST(one_value_and_unaligned) {
    Buffer<uint32_t> x = random_bits<uint32_t>(40, 9);
    Buffer<uint16_t> whole = run<uint16_t>("cast_f32_bf16", x), out(40);
    launch("cast_f32_bf16", 1, 256, 0, static_cast<void*>(out.data() + 1), static_cast<const void*>(x.data() + 1), 38ll);
    std::vector<uint16_t> expected(whole.data(), whole.data() + 40);
    expected[0] = expected[39] = 0xffff;
    expect_bits("38 of 40", out, expected);
}
