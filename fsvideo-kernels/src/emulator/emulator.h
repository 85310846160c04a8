/*
 * C interface of the emulator. One launch runs at a time; calls from several threads wait for each other.
 * Functions that return int give 0 or a CUDA error code; emulator_error() then says what was wrong.
 */
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
#define EMULATOR_INVALID_VALUE 1
#define EMULATOR_NOT_FOUND 500
#define EMULATOR_LAUNCH_FAILED 719

/* Text of the last failure of this process, never null; valid until the next call. */
const char* emulator_error(void);

/*
 * schedule: forward, reverse, random, skew. delivery: early, late, random. seed: a number. poison, race, profile: on,
 * off. The last two need kernels built for them.
 */
int emulator_set(const char* option, const char* value);

/* Names of the kernels in this library, in order; null behind the last. */
const char* emulator_kernel(int index);
/* Number of parameters of a kernel, or -1; the size in bytes of each goes to bytes[0 .. capacity). */
int emulator_parameters(const char* kernel, unsigned* bytes, int capacity);

/* As cuLaunchKernel: parameters[i] points to the value of parameter i. */
int emulator_launch(const char* kernel, const unsigned grid[3], const unsigned block[3], unsigned shared_bytes,
                    void** parameters);

/* As cuTensorMapEncodeTiled, with the checks that cuda.h lists; map must be 64-byte aligned. */
int emulator_tensor_map_tiled(void* map, int type, unsigned rank, void* address, const unsigned long long* size,
                              const unsigned long long* stride, const unsigned* box, const unsigned* step,
                              int interleave, int swizzle, int l2_promotion, int out_of_bounds_fill);

/* Races found since the last emulator_forget, and their text: one line each, at most 20. */
int emulator_races(void);
const char* emulator_race_reports(void);
/* Lines: place, kind, warp accesses, wavefronts or sectors, the least possible, their ratio. */
const char* emulator_profile(void);
void emulator_forget(void);
/* switches, blocks, wgmma_flops, mma_flops, tma_bytes, cp_async_bytes since the process began. */
unsigned long long emulator_statistic(const char* name);
#ifdef __cplusplus
}
#endif
