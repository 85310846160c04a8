// The memory that kernels may be given, and what a launch consists of.
#pragma once
#include "cuda_types.h"
#include <cstddef>
#include <vector>

enum class Values { OTHER, BF16, F32 };
template <class T> constexpr Values values_of() { return Values::OTHER; }
template <> constexpr Values values_of<__nv_bfloat16>() { return Values::BF16; }
template <> constexpr Values values_of<float>() { return Values::F32; }

struct Memory {
    char* start;
    size_t bytes;
    Values values;
    bool sparse;                              // zeros that take memory only where written
};
void share_memory(const Memory& memory);
void forget_memory(const void* start);
// The memory that an address lies in, or just behind; null if there is none. Valid until that memory is forgotten.
const Memory* memory_of(const void* address);

struct Dim { unsigned v[3]; Dim(size_t x, size_t y = 1, size_t z = 1) : v{unsigned(x), unsigned(y), unsigned(z)} {} };
struct Parameter { void* value; unsigned bytes; bool is_pointer; };
struct Launch {
    const char* entry;
    Dim grid, block;
    unsigned shared_bytes;
    std::vector<Parameter> parameters;
};
