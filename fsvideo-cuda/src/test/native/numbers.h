// Elements of F32 and BF16 in memory, for the stand-ins of NVIDIA's libraries.
#pragma once
#include <cstdint>
#include <cstring>

inline float widen(uint16_t bits) {
    const uint32_t word = static_cast<uint32_t>(bits) << 16;
    float value;
    std::memcpy(&value, &word, sizeof value);
    return value;
}
inline uint16_t narrow(float value) {
    uint32_t word;
    std::memcpy(&word, &value, sizeof word);
    return static_cast<uint16_t>((word + 0x7fff + (word >> 16 & 1)) >> 16);
}
inline float load_number(const void* from, int64_t at, bool f32) {
    return f32 ? static_cast<const float*>(from)[at] : widen(static_cast<const uint16_t*>(from)[at]);
}
inline void store_number(void* to, int64_t at, bool f32, float value) {
    if (f32) static_cast<float*>(to)[at] = value;
    else static_cast<uint16_t*>(to)[at] = narrow(value);
}
