#include "difference.h"
#include <cmath>
#include <cstdio>
#include <cstring>

namespace {
struct Count { double values, different, error, norm; };

template <class T, class ToDouble> Count count(const std::vector<char>& a, const std::vector<char>& b, ToDouble to_double) {
    Count c{double(a.size() / sizeof(T)), 0, 0, 0};
    for (size_t i = 0; i + sizeof(T) <= a.size(); i += sizeof(T)) {
        T x, y;
        std::memcpy(&x, &a[i], sizeof(T));
        std::memcpy(&y, &b[i], sizeof(T));
        const double u = to_double(x), v = to_double(y);
        if (std::isnan(u) && std::isnan(v)) continue;
        c.different += std::memcmp(&x, &y, sizeof(T)) != 0;
        if (!std::isfinite(u)) continue;
        c.norm += u * u;
        c.error += (u - v) * (u - v);
    }
    return c;
}
} // namespace

void Difference::add(const std::vector<char>& emulated, const std::vector<char>& actual, Values values) {
    if (emulated == actual) {
        values_ += double(emulated.size()) / (values == Values::BF16 ? 2 : values == Values::F32 ? 4 : 1);
        return;
    }
    const Count c = values == Values::BF16
                        ? count<__nv_bfloat16>(emulated, actual, [](__nv_bfloat16 v) { return double(__bfloat162float(v)); })
                    : values == Values::F32 ? count<float>(emulated, actual, [](float v) { return double(v); })
                                            : count<unsigned char>(emulated, actual, [](unsigned char v) { return double(v); });
    values_ += c.values;
    different_ += c.different;
    same_ = same_ && c.different == 0;
    const double apart = c.error == 0 ? 0 : std::sqrt(c.error / c.norm);
    apart_ = std::isnan(apart) || apart > apart_ ? apart : apart_;
}

void Difference::launched() {
    ++launches_;
    equal_ += same_;
    same_ = true;
}

std::string Difference::facts() const {
    char line[200];
    std::snprintf(line, sizeof line, " launches=%d equal=%d differ=%.2g%% apart=%.1e", launches_, equal_,
                  values_ > 0 ? 100 * different_ / values_ : 0.0, apart_);
    return launches_ ? line : "";
}
