#include "elements.h"

namespace {
// The definition once more, apart from the kernel: plain F64 without contraction (-ffp-contract=off), 64-bit products.
float normal(uint64_t seed, uint32_t stream, uint64_t index) {
    const uint64_t block = index >> 2;
    uint32_t c[4] = {uint32_t(block), uint32_t(block >> 32), stream, 0}, k[2] = {uint32_t(seed), uint32_t(seed >> 32)};
    for (int round = 0; round < 10; ++round) {
        const uint64_t p0 = 0xD2511F53ull * c[0], p1 = 0xCD9E8D57ull * c[2];
        const uint32_t next[4] = {uint32_t(p1 >> 32) ^ c[1] ^ k[0], uint32_t(p1), uint32_t(p0 >> 32) ^ c[3] ^ k[1],
                                  uint32_t(p0)};
        std::memcpy(c, next, sizeof c);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    const uint32_t radius_word = c[index & 2], angle_word = c[(index & 2) + 1];
    const double u = (radius_word + 0.5) * 0x1p-32;
    int exponent;
    double m = std::frexp(u, &exponent);
    if (m < 0.7071067811865476) m *= 2.0, exponent -= 1;
    const double s = (m - 1.0) / (m + 1.0), z = s * s;
    double sum = 1.0 / 25.0;
    for (int odd = 23; odd >= 1; odd -= 2) sum = sum * z + 1.0 / odd;
    const double radius = std::sqrt(-2.0 * (exponent * 0.6931471805599453 + 2.0 * s * sum));
    const int64_t turn = angle_word, quarter = (turn + (1ll << 29)) >> 30;
    const double a = double(turn - (quarter << 30)) * (6.283185307179586 * 0x1p-32), aa = a * a;
    double sin = 1.0, cos = 1.0;
    for (int j = 18; j >= 2; j -= 2) sin = 1.0 - sin * aa / (j * (j + 1));
    for (int j = 17; j >= 1; j -= 2) cos = 1.0 - cos * aa / (j * (j + 1));
    sin = a * sin;
    const double x = quarter & 1 ? sin : cos, y = quarter & 1 ? cos : sin;
    if ((index & 1) == 0) return float(radius * ((quarter + 1) & 2 ? -x : x));
    return float(radius * (quarter & 2 ? -y : y));
}

template <class T> void matches_definition(const char* kernel, size_t count, int64_t seed, int stream) {
    Buffer<T> out(count);
    std::vector<T> expected(count);
    for (size_t i = 0; i < count; ++i) assign(expected[i], normal(uint64_t(seed), uint32_t(stream), i));
    launch(kernel, blocks(groups<T>(count), 256), 256, 0, out.data(), static_cast<long long>(count),
           static_cast<long long>(seed), stream);
    expect_bits(text("%s %zu of seed %lld", kernel, count, static_cast<long long>(seed)), out, expected);
}
void both(size_t count, int64_t seed, int stream) {
    matches_definition<bf16>("noise", count, seed, stream);
    matches_definition<float>("noise_f32", count, seed, stream);
}

Buffer<float> run(size_t count, long long seed, int stream) {
    Buffer<float> out(count);
    launch("noise_f32", blocks(groups<float>(count), 256), 256, 0, out.data(), static_cast<long long>(count), seed, stream);
    return out;
}
void matches_java(long long seed, int stream, std::vector<uint32_t> bits) {
    std::vector<float> expected(bits.size());
    std::memcpy(expected.data(), bits.data(), bits.size() * 4);
    expect_bits(text("seed %lld stream %d", seed, stream), run(bits.size(), seed, stream), expected);
}
} // namespace

TEST(one_value) { both(1, 1, 0); }
TEST(odd_counts) {
    both(257, -9, 1);
    both(1519, 20240607, 2);
}
TEST(whole_blocks) { both(4096, 0x7fffffffffffffffll, -1); }
// Recorded from PhiloxNormal.value.
TEST(values_of_the_java_class) {
    matches_java(0, 0, {0x3f7dbb33u, 0xbf6cb6b0u, 0xbf1e1b9fu, 0xbef6d1b2u, 0xbe1d5357u, 0x3e392a6du, 0x3f54ec98u,
                        0x3e4a2da3u, 0xbf97da93u, 0x4022d27du});
    matches_java(7, 3, {0x3f3a9824u, 0x3f37c313u, 0xbfc58916u, 0xbf8f1a93u, 0xbf7fbaefu, 0x3e83c1f4u, 0xc011a8d5u,
                        0xbea393b7u, 0x3f9c6cb8u, 0xbf314385u});
    matches_java(-1, -1, {0xbfc2cd0du, 0xbf9eae16u, 0x3f99899cu, 0xbe90761du, 0xbeb28781u, 0xbf945462u, 0xbe3bf097u,
                          0xbf232792u, 0xbf9ee125u, 0x3f374888u});
    matches_java(0x123456789abcdef0ll, 5, {0xbf504d93u, 0x3ea3d758u, 0x3ec83e6fu, 0x3f148660u, 0x3fa05700u, 0xbe385e94u,
                                           0x3f0c4b64u, 0xbf685e29u, 0x3f88c07fu, 0xbf5c1ddcu});
}
// Bits of PhiloxNormal.value(20240607, 2, 0 .. 1518), hash = hash * 0x100000001b3 + bits.
TEST(hash_of_many_values_of_the_java_class) {
    const Buffer<float> out = run(1519, 20240607, 2);
    uint64_t hash = 0;
    for (size_t i = 0; i < out.size(); ++i) hash = hash * 0x100000001b3ull + __float_as_uint(out.at(i));
    if (hash != 0xfafe2c18c547d54aull) throw TestFailure(text("hash %llx", static_cast<unsigned long long>(hash)));
}
