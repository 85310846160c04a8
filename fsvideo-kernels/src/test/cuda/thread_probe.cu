// thread_probe: what threads of a block say to each other, one result of each: shuffles, votes, atomics, named barriers.
//   out      [256, 8] i32: shuffled up 3, down 5, xor 9, from lane 4 of groups of 8; votes for multiples of 3; all and any
//            of the lane's group; the sum of a shared counter; a token that two warpgroups pass to each other
//   launch   grid = 1, block = 256, shared = 0
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(256) thread_probe(int* __restrict__ out) {
    SHARED_ARRAY(int, token, 1);
    SHARED_ARRAY(int, counters, 32);
    const int t = threadIdx.x, group = t >> 7, lane = t & 31;
    if (t < 32) counters[t] = 0;
    if (t == 0) token[0] = 0;
    __syncthreads();
    if (group == 1) ptx::named_arrive(1, 256); // the first warpgroup may begin
    for (int turn = 0; turn < 4; ++turn) {
        ptx::named_sync(1 + group, 256);
        if ((t & 127) == 0) token[0] = token[0] * 3 + 1 + group;
        if (group == 0 || turn < 3) ptx::named_arrive(2 - group, 256);
    }
    atomicAdd(&counters[t * 7 & 31], t);
    __syncthreads();
    out[t * 8] = __shfl_up_sync(~0u, t, 3);
    out[t * 8 + 1] = __shfl_down_sync(~0u, t, 5);
    out[t * 8 + 2] = __shfl_xor_sync(~0u, t, 9);
    out[t * 8 + 3] = __shfl_sync(~0u, t, 4, 8);
    out[t * 8 + 4] = static_cast<int>(__ballot_sync(~0u, t % 3 == 0));
    out[t * 8 + 5] = __all_sync(~0u, t >= 32) * 2 + __any_sync(~0u, t == 40);
    out[t * 8 + 6] = counters[lane];
    out[t * 8 + 7] = token[0];
}
