// What the emulator keeps in the 128 bytes of a CUtensorMap.
#pragma once
#include "runtime.h"

namespace emulator {
struct TensorMap {
    u32 magic;
    unsigned char rank, element_bytes, swizzle /* descriptor code */, fill_nan;
    u64 address;
    u64 stride[4];                            // bytes, of dimensions 1 to 4
    u32 size[5];
    u16 box[5], step[5];
};
static_assert(sizeof(TensorMap) <= sizeof(CUtensorMap), "must fit");
constexpr u32 TENSOR_MAP_MAGIC = 0x7e50aaaa;
} // namespace emulator
