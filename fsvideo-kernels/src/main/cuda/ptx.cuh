// The door: the only file with inline PTX. nvcc sees the instructions, a host compiler (EMULATOR) the emulated functions
// of the same names. Addresses are 32-bit shared-memory addresses from smem(); sizes are in bytes.
#pragma once
#ifdef EMULATOR
#include "device_ptx.h"
#else
#include <cstdint>
#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#define DEVICE __device__ __forceinline__
#define SHARED_DYNAMIC(T, name)                                  \
    extern __shared__ __align__(1024) unsigned char name##_raw[]; \
    T* const name = reinterpret_cast<T*>(name##_raw)
#define SHARED_ARRAY(T, name, n) __shared__ __align__(16) T name[n]

namespace ptx {
DEVICE uint32_t smem(const void* p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

// ---- sm_80: asynchronous copies, matrix fragments, mma.sync -----------------------------------------
// Copies `bytes` (0 to 16) of 16 and fills the rest with zero.
DEVICE void cp_async16(uint32_t to, const void* from, int bytes = 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
}
DEVICE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> DEVICE void cp_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }
DEVICE void ldmatrix_x4(uint32_t (&r)[4], uint32_t a) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(a) : "memory");
}
DEVICE void ldmatrix_x4_trans(uint32_t (&r)[4], uint32_t a) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(a) : "memory");
}
DEVICE void mma_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
DEVICE void named_sync(int id, int threads) { asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory"); }
DEVICE void named_arrive(int id, int threads) { asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory"); }
DEVICE float ex2(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}
DEVICE float tanh_approx(float x) {
    float y;
    asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}
DEVICE uint8_t float_to_e4m3(float x) { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E4M3); }
DEVICE float e4m3_to_float(uint8_t x) { return __half2float(__half(__nv_cvt_fp8_to_halfraw(x, __NV_E4M3))); }

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define HAS_SM90 1
// ---- sm_90a: stmatrix, mbarrier, bulk copies, wgmma -----------------------------------------------------
DEVICE void stmatrix_x4(uint32_t a, const uint32_t (&r)[4]) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1,%2,%3,%4};"
                 ::"r"(a), "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3]) : "memory");
}
DEVICE void stmatrix_x4_trans(uint32_t a, const uint32_t (&r)[4]) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1,%2,%3,%4};"
                 ::"r"(a), "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3]) : "memory");
}
DEVICE void mbar_init(uint32_t b, uint32_t count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(b), "r"(count) : "memory");
}
DEVICE void mbar_init_fence() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
DEVICE void mbar_arrive(uint32_t b) {
    asm volatile("{.reg .b64 s;\nmbarrier.arrive.shared::cta.b64 s, [%0];}" ::"r"(b) : "memory");
}
DEVICE void mbar_arrive_expect_tx(uint32_t b, uint32_t bytes) {
    asm volatile("{.reg .b64 s;\nmbarrier.arrive.expect_tx.shared::cta.b64 s, [%0], %1;}" ::"r"(b), "r"(bytes) : "memory");
}
DEVICE bool mbar_try_wait(uint32_t b, uint32_t parity) {
    uint32_t done;
    asm volatile("{.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;}"
                 : "=r"(done) : "r"(b), "r"(parity) : "memory");
    return done;
}
DEVICE void mbar_wait(uint32_t b, uint32_t parity) {
    while (!mbar_try_wait(b, parity)) {}
}
// Makes this thread's stores to shared memory visible to TMA and wgmma.
DEVICE void fence_async_shared() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

DEVICE void tma_prefetch(const CUtensorMap* m) { asm volatile("prefetch.tensormap [%0];" ::"l"(m) : "memory"); }
#define PTX_LOAD(rank, coordinates)                                                                                 \
    "cp.async.bulk.tensor." rank "d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {" coordinates \
    "}], [%2];" ::"r"(to), "l"(m), "r"(b)
DEVICE void tma_load(uint32_t to, const CUtensorMap* m, uint32_t b, int x) {
    asm volatile(PTX_LOAD("1", "%3"), "r"(x) : "memory");
}
DEVICE void tma_load(uint32_t to, const CUtensorMap* m, uint32_t b, int x, int y) {
    asm volatile(PTX_LOAD("2", "%3,%4"), "r"(x), "r"(y) : "memory");
}
DEVICE void tma_load(uint32_t to, const CUtensorMap* m, uint32_t b, int x, int y, int z) {
    asm volatile(PTX_LOAD("3", "%3,%4,%5"), "r"(x), "r"(y), "r"(z) : "memory");
}
DEVICE void tma_load(uint32_t to, const CUtensorMap* m, uint32_t b, int x, int y, int z, int u) {
    asm volatile(PTX_LOAD("4", "%3,%4,%5,%6"), "r"(x), "r"(y), "r"(z), "r"(u) : "memory");
}
DEVICE void tma_load(uint32_t to, const CUtensorMap* m, uint32_t b, int x, int y, int z, int u, int v) {
    asm volatile(PTX_LOAD("5", "%3,%4,%5,%6,%7"), "r"(x), "r"(y), "r"(z), "r"(u), "r"(v) : "memory");
}
#define PTX_STORE(rank, coordinates) \
    "cp.async.bulk.tensor." rank "d.global.shared::cta.tile.bulk_group [%0, {" coordinates "}], [%1];" ::"l"(m), "r"(from)
DEVICE void tma_store(const CUtensorMap* m, uint32_t from, int x) {
    asm volatile(PTX_STORE("1", "%2"), "r"(x) : "memory");
}
DEVICE void tma_store(const CUtensorMap* m, uint32_t from, int x, int y) {
    asm volatile(PTX_STORE("2", "%2,%3"), "r"(x), "r"(y) : "memory");
}
DEVICE void tma_store(const CUtensorMap* m, uint32_t from, int x, int y, int z) {
    asm volatile(PTX_STORE("3", "%2,%3,%4"), "r"(x), "r"(y), "r"(z) : "memory");
}
DEVICE void tma_store(const CUtensorMap* m, uint32_t from, int x, int y, int z, int u) {
    asm volatile(PTX_STORE("4", "%2,%3,%4,%5"), "r"(x), "r"(y), "r"(z), "r"(u) : "memory");
}
DEVICE void tma_store(const CUtensorMap* m, uint32_t from, int x, int y, int z, int u, int v) {
    asm volatile(PTX_STORE("5", "%2,%3,%4,%5,%6"), "r"(x), "r"(y), "r"(z), "r"(u), "r"(v) : "memory");
}
DEVICE void bulk_commit() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
template <int N> DEVICE void bulk_wait_read() { asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(N) : "memory"); }
template <int N> DEVICE void bulk_wait() { asm volatile("cp.async.bulk.wait_group %0;" ::"n"(N) : "memory"); }

DEVICE void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEVICE void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int N> DEVICE void wgmma_wait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory"); }
template <int R> DEVICE void regs_inc() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(R)); }
template <int R> DEVICE void regs_dec() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(R)); }

// d[64, n] += a[64, k] b[n, k]: _ss takes a from shared memory, _rs from registers; TA and TB are 1 for operands whose
// rows run along k in memory. The register lists of m64nN, each made from the shorter one.
#define PTX_D4 "%0, %1, %2, %3"
#define PTX_D8 PTX_D4 ", %4, %5, %6, %7"
#define PTX_D16 PTX_D8 ", %8, %9, %10, %11, %12, %13, %14, %15"
#define PTX_D32 PTX_D16 ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define PTX_D48 PTX_D32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"
#define PTX_D64 PTX_D48 ", %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define PTX_D96 PTX_D64 ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79" \
    ", %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
#define PTX_D128 PTX_D96 ", %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111" \
    ", %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
#define PTX_OUT4 "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
#define PTX_OUT8 PTX_OUT4, "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7])
#define PTX_OUT16 PTX_OUT8, "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), \
    "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15])
#define PTX_OUT32 PTX_OUT16, "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), \
    "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), \
    "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), \
    "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31])
#define PTX_OUT48 PTX_OUT32, "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), \
    "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), \
    "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), \
    "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47])
#define PTX_OUT64 PTX_OUT48, "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), \
    "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), \
    "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), \
    "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
#define PTX_OUT96 PTX_OUT64, "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), \
    "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), "+f"(d[71]), \
    "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), \
    "+f"(d[76]), "+f"(d[77]), "+f"(d[78]), "+f"(d[79]), \
    "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]), \
    "+f"(d[84]), "+f"(d[85]), "+f"(d[86]), "+f"(d[87]), \
    "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]), \
    "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95])
#define PTX_OUT128 PTX_OUT96, "+f"(d[96]), "+f"(d[97]), "+f"(d[98]), "+f"(d[99]), \
    "+f"(d[100]), "+f"(d[101]), "+f"(d[102]), "+f"(d[103]), \
    "+f"(d[104]), "+f"(d[105]), "+f"(d[106]), "+f"(d[107]), \
    "+f"(d[108]), "+f"(d[109]), "+f"(d[110]), "+f"(d[111]), \
    "+f"(d[112]), "+f"(d[113]), "+f"(d[114]), "+f"(d[115]), \
    "+f"(d[116]), "+f"(d[117]), "+f"(d[118]), "+f"(d[119]), \
    "+f"(d[120]), "+f"(d[121]), "+f"(d[122]), "+f"(d[123]), \
    "+f"(d[124]), "+f"(d[125]), "+f"(d[126]), "+f"(d[127])
#define PTX_WGMMA(N, ND, D, OUT, I0, I1, I2, I3, I4, I5, I6)                                                          \
    template <int TA, int TB> DEVICE void wgmma_ss(float (&d)[ND], uint64_t a, uint64_t b, int accumulate) {          \
        asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, " I2 ", 0;\nwgmma.mma_async.sync.aligned.m64n" #N             \
                     "k16.f32.bf16.bf16 {" D "}, " I0 ", " I1 ", p, 1, 1, " I3 ", " I4 ";\n}\n"                       \
                     : OUT : "l"(a), "l"(b), "r"(accumulate), "n"(TA), "n"(TB));                                      \
    }                                                                                                                 \
    template <int TB> DEVICE void wgmma_rs(float (&d)[ND], const uint32_t (&a)[4], uint64_t b, int accumulate) {      \
        asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, " I5 ", 0;\nwgmma.mma_async.sync.aligned.m64n" #N             \
                     "k16.f32.bf16.bf16 {" D "}, {" I0 ", " I1 ", " I2 ", " I3 "}, " I4 ", p, 1, 1, " I6 ";\n}\n"     \
                     : OUT : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate), "n"(TB));           \
    }                                                                                                                 \
    DEVICE void wgmma_ss_e4m3(float (&d)[ND], uint64_t a, uint64_t b, int accumulate) {                               \
        asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, " I2 ", 0;\nwgmma.mma_async.sync.aligned.m64n" #N             \
                     "k32.f32.e4m3.e4m3 {" D "}, " I0 ", " I1 ", p, 1, 1;\n}\n"                                       \
                     : OUT : "l"(a), "l"(b), "r"(accumulate));                                                        \
    }
PTX_WGMMA(8, 4, PTX_D4, PTX_OUT4, "%4", "%5", "%6", "%7", "%8", "%9", "%10")
PTX_WGMMA(16, 8, PTX_D8, PTX_OUT8, "%8", "%9", "%10", "%11", "%12", "%13", "%14")
PTX_WGMMA(32, 16, PTX_D16, PTX_OUT16, "%16", "%17", "%18", "%19", "%20", "%21", "%22")
PTX_WGMMA(64, 32, PTX_D32, PTX_OUT32, "%32", "%33", "%34", "%35", "%36", "%37", "%38")
PTX_WGMMA(96, 48, PTX_D48, PTX_OUT48, "%48", "%49", "%50", "%51", "%52", "%53", "%54")
PTX_WGMMA(128, 64, PTX_D64, PTX_OUT64, "%64", "%65", "%66", "%67", "%68", "%69", "%70")
PTX_WGMMA(192, 96, PTX_D96, PTX_OUT96, "%96", "%97", "%98", "%99", "%100", "%101", "%102")
PTX_WGMMA(256, 128, PTX_D128, PTX_OUT128, "%128", "%129", "%130", "%131", "%132", "%133", "%134")
#endif // sm_90a
} // namespace ptx
#endif // EMULATOR

#ifdef EMULATOR
#define HAS_SM90 1
#endif

namespace ptx {
// wgmma matrix descriptor. swizzle: 0 none, 1 128 bytes, 2 64 bytes, 3 32 bytes (the reverse of CUtensorMapSwizzle).
DEVICE uint64_t desc(uint32_t address, uint32_t leading, uint32_t stride, int swizzle) {
    return static_cast<uint64_t>((address & 0x3ffff) >> 4) | static_cast<uint64_t>((leading & 0x3ffff) >> 4) << 16 |
           static_cast<uint64_t>((stride & 0x3ffff) >> 4) << 32 | static_cast<uint64_t>(swizzle) << 62;
}
DEVICE uint32_t pack_bf16(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    uint32_t bits;
    memcpy(&bits, &pair, 4);
    return bits;
}
} // namespace ptx
