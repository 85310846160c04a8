// noise: standard normal numbers as a function of (seed, stream, index): the bits of io.fsvideo.tensor.PhiloxNormal.
//   out           [count] bf16 (noise) or f32 (noise_f32), dense; 16-byte aligned for full speed
//   launch        grid = ceil(count / (256 * 8)) (f32: 256 * 4), block = 256, shared = 0
//   bound         arithmetic in f64: about 110 operations a value, 24 of them divisions; memory: count * element bytes
//   source        Philox-4x32-10 (Salmon et al. 2011), Box-Muller, series as PhiloxNormal writes them
// Every f64 operation is a _rn function, never contracted to a fused multiply-add. Tests by value cannot prove it, since
// rounding to f32 hides almost every such change: the PTX must contain no fma.
//@ out[count]; block.x == 256; count >= 1
//@ noise: grid.x == ceil(count, 2048)
//@ noise_f32: grid.x == ceil(count, 1024)
#include "elements.cuh"

namespace {
DEVICE double add(double a, double b) { return __dadd_rn(a, b); }
DEVICE double sub(double a, double b) { return __dsub_rn(a, b); }
DEVICE double mul(double a, double b) { return __dmul_rn(a, b); }
DEVICE double div(double a, double b) { return __ddiv_rn(a, b); }

DEVICE void philox(uint32_t (&c)[4], unsigned long long seed) {
    uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const uint32_t high0 = __umulhi(0xD2511F53u, c[0]), low0 = 0xD2511F53u * c[0];
        const uint32_t high1 = __umulhi(0xCD9E8D57u, c[2]), low1 = 0xCD9E8D57u * c[2];
        c[0] = high1 ^ c[1] ^ k0;
        c[1] = low1;
        c[2] = high0 ^ c[3] ^ k1;
        c[3] = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

// Natural logarithm of u = (word + 0.5) / 2^32.
DEVICE double ln(double u) {
    const long long bits = __double_as_longlong(u);
    int exponent = static_cast<int>(bits >> 52) - 1022;
    double m = __longlong_as_double((bits & 0xFFFFFFFFFFFFFll) | 0x3FE0000000000000ll);
    if (m < 0.7071067811865476) {
        m = mul(m, 2.0);
        exponent -= 1;
    }
    const double s = div(sub(m, 1.0), add(m, 1.0));
    const double z = mul(s, s);
    double sum = 1.0 / 25.0;
#pragma unroll
    for (int odd = 23; odd >= 1; odd -= 2) sum = add(mul(sum, z), 1.0 / odd);
    return add(mul(exponent, 0.6931471805599453), mul(mul(2.0, s), sum));
}

// FIRST = 18: sin(a) / a; FIRST = 17: cos(a); |a| <= pi / 4.
template <int FIRST> DEVICE double series(double a) {
    const double z = mul(a, a);
    double sum = 1.0;
#pragma unroll
    for (int k = FIRST; k >= 1; k -= 2) sum = sub(1.0, div(mul(sum, z), k * (k + 1)));
    return sum;
}

DEVICE void box_muller(float& first, float& second, uint32_t radius_word, uint32_t angle_word) {
    const double u = mul(add(radius_word, 0.5), 0x1p-32);
    const double radius = __dsqrt_rn(mul(-2.0, ln(u)));
    const long long turn = angle_word;
    const int quarter = static_cast<int>((turn + (1ll << 29)) >> 30);
    const double a = mul(static_cast<double>(turn - (static_cast<long long>(quarter) << 30)),
                         6.283185307179586 * 0x1p-32);
    const double sin = mul(a, series<18>(a)), cos = series<17>(a);
    const double x = (quarter & 1) == 0 ? cos : sin, y = (quarter & 1) == 0 ? sin : cos;
    first = static_cast<float>(mul(radius, ((quarter + 1) & 2) == 0 ? x : -x));
    second = static_cast<float>(mul(radius, (quarter & 2) == 0 ? y : -y));
}

template <class T> DEVICE void fill_with_noise(T* out, long long count, long long seed, int stream) {
    constexpr int N = GROUP<T>;
    const long long first = thread_index() * N;
    if (first >= count) return;
    float v[N];
#pragma unroll
    for (int k = 0; k < N; k += 4) {
        const long long block = (first + k) / 4;
        uint32_t words[4] = {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                             static_cast<uint32_t>(stream), 0};
        philox(words, static_cast<unsigned long long>(seed));
        box_muller(v[k], v[k + 1], words[0], words[1]);
        box_muller(v[k + 2], v[k + 3], words[2], words[3]);
    }
    store_group(out + first, v, clamp_to(count - first, N));
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
noise(bf16* __restrict__ out, long long count, long long seed, int stream) {
    fill_with_noise(out, count, seed, stream);
}
extern "C" __global__ void __launch_bounds__(256)
noise_f32(float* __restrict__ out, long long count, long long seed, int stream) {
    fill_with_noise(out, count, seed, stream);
}
