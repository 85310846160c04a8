// The emulated side of the door: the same functions as ptx.cuh, without PTX.
#pragma once
#include "device.h"
#define DEVICE inline

namespace emulator {
enum class Element { BF16, E4M3 };
void cp_async(u32 to, const void* from, int bytes);
void cp_async_commit();
void cp_async_wait(int pending);
void ldmatrix(u32* registers, u32 address, int matrices, bool transposed);
void stmatrix(u32 address, const u32* registers, int matrices, bool transposed);
void mma_m16n8k16(float* d, const u32* a, const u32* b);
void mbarrier_init(u32 barrier, u32 count);
void mbarrier_arrive(u32 barrier, u32 expected_bytes, bool expect);
bool mbarrier_test(u32 barrier, u32 parity);
void mbarrier_wait(u32 barrier, u32 parity);
void tma_load(u32 to, const CUtensorMap* map, u32 barrier, int rank, const int* coordinates);
void tma_store(const CUtensorMap* map, u32 from, int rank, const int* coordinates);
void bulk_commit();
void bulk_wait(int pending);
struct Wgmma { float* d; int n; Element element; bool a_in_registers; const u32* a; u64 a_desc, b_desc;
               bool a_transposed, b_transposed, accumulate; };
void wgmma(Wgmma operation);
void wgmma_fence();
void wgmma_commit();
void wgmma_wait(int pending);
void proxy_fence();
void set_max_registers(int count);
} // namespace emulator

namespace ptx {
inline uint32_t smem(const void* p) { return emulator::shared_address(p); }
inline void cp_async16(uint32_t to, const void* from, int bytes = 16) { emulator::cp_async(to, from, bytes); }
inline void cp_async_commit() { emulator::cp_async_commit(); }
template <int N> void cp_async_wait() { emulator::cp_async_wait(N); }
inline void ldmatrix_x4(uint32_t (&r)[4], uint32_t a) { emulator::ldmatrix(r, a, 4, false); }
inline void ldmatrix_x4_trans(uint32_t (&r)[4], uint32_t a) { emulator::ldmatrix(r, a, 4, true); }
inline void stmatrix_x4(uint32_t a, const uint32_t (&r)[4]) { emulator::stmatrix(a, r, 4, false); }
inline void stmatrix_x4_trans(uint32_t a, const uint32_t (&r)[4]) { emulator::stmatrix(a, r, 4, true); }
inline void mma_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) { emulator::mma_m16n8k16(d, a, b); }
inline void named_sync(int id, int threads) { emulator::named_barrier(id, threads); }
inline void named_arrive(int id, int threads) { emulator::named_barrier_arrive(id, threads); }
inline void mbar_init(uint32_t b, uint32_t count) { emulator::mbarrier_init(b, count); }
inline void mbar_init_fence() {}
inline void mbar_arrive(uint32_t b) { emulator::mbarrier_arrive(b, 0, false); }
inline void mbar_arrive_expect_tx(uint32_t b, uint32_t bytes) { emulator::mbarrier_arrive(b, bytes, true); }
inline bool mbar_try_wait(uint32_t b, uint32_t parity) {
    if (emulator::mbarrier_test(b, parity)) return true;
    emulator::yield();
    return false;
}
inline void mbar_wait(uint32_t b, uint32_t parity) { emulator::mbarrier_wait(b, parity); }
inline void fence_async_shared() { emulator::proxy_fence(); }
inline void tma_prefetch(const CUtensorMap*) {}
template <class... C> void tma_load(uint32_t to, const CUtensorMap* map, uint32_t barrier, C... c) {
    const int coordinates[] = {static_cast<int>(c)...};
    emulator::tma_load(to, map, barrier, sizeof...(C), coordinates);
}
template <class... C> void tma_store(const CUtensorMap* map, uint32_t from, C... c) {
    const int coordinates[] = {static_cast<int>(c)...};
    emulator::tma_store(map, from, sizeof...(C), coordinates);
}
inline void bulk_commit() { emulator::bulk_commit(); }
template <int N> void bulk_wait_read() { emulator::bulk_wait(N); }
template <int N> void bulk_wait() { emulator::bulk_wait(N); }
inline void wgmma_fence() { emulator::wgmma_fence(); }
inline void wgmma_commit() { emulator::wgmma_commit(); }
template <int N> void wgmma_wait() { emulator::wgmma_wait(N); }
template <int TA, int TB, int ND> void wgmma_ss(float (&d)[ND], uint64_t a, uint64_t b, int accumulate) {
    emulator::wgmma({d, ND * 2, emulator::Element::BF16, false, nullptr, a, b, TA != 0, TB != 0, accumulate != 0});
}
template <int TB, int ND> void wgmma_rs(float (&d)[ND], const uint32_t (&a)[4], uint64_t b, int accumulate) {
    emulator::wgmma({d, ND * 2, emulator::Element::BF16, true, a, 0, b, false, TB != 0, accumulate != 0});
}
template <int ND> void wgmma_ss_e4m3(float (&d)[ND], uint64_t a, uint64_t b, int accumulate) {
    emulator::wgmma({d, ND * 2, emulator::Element::E4M3, false, nullptr, a, b, false, false, accumulate != 0});
}
template <int R> void regs_inc() { emulator::set_max_registers(R); }
template <int R> void regs_dec() { emulator::set_max_registers(R); }
inline float ex2(float x) { return std::exp2(x); }
inline float tanh_approx(float x) { return std::tanh(x); }
inline uint8_t float_to_e4m3(float x) { return emulator::float_to_e4m3(x); }
inline float e4m3_to_float(uint8_t x) { return emulator::e4m3_to_float(x); }
} // namespace ptx
