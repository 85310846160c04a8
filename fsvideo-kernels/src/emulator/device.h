// What a kernel sees when a host compiler builds it: CUDA's keywords, built-in variables and device functions.
// Every CUDA thread is a fiber; fibers change only at synchronising calls.
#pragma once
#include "cuda_types.h"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __shared__ static_assert(false, "use SHARED_ARRAY or SHARED_DYNAMIC");
#define __launch_bounds__(...)
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) alignas(n)

namespace emulator {
using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;

struct ThreadContext { uint3 index; u32 linear, lane, warp; };
extern ThreadContext* current;                // of the running fiber
extern uint3 block_index;
extern dim3 block_size, grid_size;

[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

// ---- registration and launch --------------------------------------------------------------------
using Body = void (*)(void*);
int run_grid(const char* name, dim3 grid, dim3 block, size_t shared_bytes, Body body, void* argument);
struct Kernel {
    const char* name;
    int (*launch)(dim3 grid, dim3 block, size_t shared_bytes, void** parameters);
    const unsigned* parameter_bytes;
    int parameters;
    bool instrumented;                        // built for the race checker
};
struct Registration { explicit Registration(const Kernel& kernel); };

template <auto Function> struct Launcher;
template <class... P, void (*Function)(P...)> struct Launcher<Function> {
    static constexpr unsigned bytes[sizeof...(P) + 1] = {sizeof(P)..., 0};
    template <size_t... I> static void call(void** p, std::index_sequence<I...>) {
        Function(*static_cast<std::remove_const_t<std::remove_reference_t<P>>*>(p[I])...);
    }
    static void body(void* p) { call(static_cast<void**>(p), std::index_sequence_for<P...>{}); }
    static Kernel kernel(const char* name, int (*launch)(dim3, dim3, size_t, void**)) {
#ifdef EMULATOR_INSTRUMENTED
        return {name, launch, bytes, sizeof...(P), true};
#else
        return {name, launch, bytes, sizeof...(P), false};
#endif
    }
};
#define EMULATOR_REGISTER(name)                                                                        \
    static const ::emulator::Registration emulator_registration_##name(                                \
        ::emulator::Launcher<name>::kernel(#name, [](dim3 grid, dim3 block, size_t shared, void** p) { \
            return ::emulator::run_grid(#name, grid, block, shared, ::emulator::Launcher<name>::body, p); \
        }));

// ---- shared memory --------------------------------------------------------------------------------
void* dynamic_shared();
void* static_shared(const void* site, size_t bytes, size_t alignment);
u32 shared_address(const void* pointer);
void* shared_pointer(u32 address, u32 bytes);
#define SHARED_DYNAMIC(T, name) T* const name = static_cast<T*>(::emulator::dynamic_shared())
#define SHARED_ARRAY(T, name, n)                                                                       \
    static char name##_site;                                                                           \
    T* const name = static_cast<T*>(                                                                   \
        ::emulator::static_shared(&name##_site, sizeof(T) * (n), alignof(T) < 16 ? 16 : alignof(T)))

// ---- synchronisation --------------------------------------------------------------------------------
void block_barrier();
void named_barrier(int id, int threads);
void named_barrier_arrive(int id, int threads);
void yield();
// The last lane to arrive runs `act` once, with the argument of every lane of the mask.
using WarpAction = void (*)(void* const* arguments, u32 mask);
void warp_collective(const char* what, u32 mask, WarpAction act, void* argument);

enum class Shuffle { INDEX, UP, DOWN, XOR };
template <class T> T shuffle(u32 mask, T value, int operand, int width, Shuffle mode) {
    struct Lane { T value, result; int operand, width; Shuffle mode; } mine{value, value, operand, width, mode};
    warp_collective("shfl", mask, [](void* const* lanes, u32 members) {
        for (int lane = 0; lane < 32; ++lane) {
            if (!(members >> lane & 1)) continue;
            Lane& self = *static_cast<Lane*>(lanes[lane]);
            const int base = lane & ~(self.width - 1);
            int from = 0;
            bool inside = true;
            switch (self.mode) {
                case Shuffle::INDEX: from = base + (self.operand & (self.width - 1)); break;
                case Shuffle::UP: from = lane - self.operand; inside = from >= base; break;
                case Shuffle::DOWN: from = lane + self.operand; inside = from < base + self.width; break;
                case Shuffle::XOR: from = lane ^ self.operand; inside = from < base + self.width; break;
            }
            if (!inside) continue;
            if (!(members >> from & 1)) fail("shfl: lane %d reads lane %d, outside mask %08x", lane, from, members);
            self.result = static_cast<Lane*>(lanes[from])->value;
        }
    }, &mine);
    return mine.result;
}
} // namespace emulator

#define threadIdx (::emulator::current->index)
#define blockIdx (::emulator::block_index)
#define blockDim (::emulator::block_size)
#define gridDim (::emulator::grid_size)
static constexpr int warpSize = 32;

inline void __syncthreads() { ::emulator::block_barrier(); }
inline void __syncwarp(unsigned mask = ~0u) {
    ::emulator::warp_collective("syncwarp", mask, [](void* const*, unsigned) {}, nullptr);
}
template <class T> T __shfl_sync(unsigned mask, T v, int lane, int width = 32) {
    return ::emulator::shuffle(mask, v, lane, width, ::emulator::Shuffle::INDEX);
}
template <class T> T __shfl_up_sync(unsigned mask, T v, unsigned delta, int width = 32) {
    return ::emulator::shuffle(mask, v, static_cast<int>(delta), width, ::emulator::Shuffle::UP);
}
template <class T> T __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = 32) {
    return ::emulator::shuffle(mask, v, static_cast<int>(delta), width, ::emulator::Shuffle::DOWN);
}
template <class T> T __shfl_xor_sync(unsigned mask, T v, int bits, int width = 32) {
    return ::emulator::shuffle(mask, v, bits, width, ::emulator::Shuffle::XOR);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
    struct Lane { int predicate; unsigned votes; } mine{predicate, 0};
    ::emulator::warp_collective("ballot", mask, [](void* const* lanes, unsigned members) {
        unsigned votes = 0;
        for (int lane = 0; lane < 32; ++lane) {
            if (members >> lane & 1 && static_cast<Lane*>(lanes[lane])->predicate) votes |= 1u << lane;
        }
        for (int lane = 0; lane < 32; ++lane) {
            if (members >> lane & 1) static_cast<Lane*>(lanes[lane])->votes = votes;
        }
    }, &mine);
    return mine.votes;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }

// Fibers change only at synchronising calls, so a plain read-modify-write is atomic; hidden from the race checker.
#define EMULATOR_ATOMIC template <class T> __attribute__((noinline, no_sanitize("thread")))
EMULATOR_ATOMIC T atomicAdd(T* p, T v) { const T old = *p; *p = old + v; return old; }
EMULATOR_ATOMIC T atomicMax(T* p, T v) { const T old = *p; if (v > old) *p = v; return old; }
EMULATOR_ATOMIC T atomicMin(T* p, T v) { const T old = *p; if (v < old) *p = v; return old; }
EMULATOR_ATOMIC T atomicExch(T* p, T v) { const T old = *p; *p = v; return old; }
EMULATOR_ATOMIC T atomicCAS(T* p, T expected, T v) { const T old = *p; if (old == expected) *p = v; return old; }
#undef EMULATOR_ATOMIC
inline void __threadfence() {}
inline void __threadfence_block() {}
#define __trap() ::emulator::fail("__trap()")

// ---- arithmetic -----------------------------------------------------------------------------------
using std::max;
using std::min;
template <class T> T __ldg(const T* p) { return *p; }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline float emulator_expf(float x) { return std::exp(x); }
inline float emulator_logf(float x) { return std::log(x); }
#define __expf emulator_expf
#define __logf emulator_logf
inline float __fdividef(float a, float b) { return a / b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(uint64_t{a} * b >> 32); }
inline int __float2int_rn(float x) { return static_cast<int>(std::nearbyint(x)); }
inline int __popc(unsigned v) { return __builtin_popcount(v); }
inline int __clz(int v) { return v ? __builtin_clz(static_cast<unsigned>(v)) : 32; }
inline int __ffs(int v) { return __builtin_ffs(v); }
