// Block barriers, named barriers, and operations that a warp or a warpgroup performs together.
#include "race.h"
#include "runtime.h"

namespace emulator {
namespace {
constexpr int WHOLE_BLOCK = -1;

u64 clock_of(int id, u32 generation) { return 0x100 + id * 2 + (generation & 1); }

void release(NamedBarrier& b) {
    std::vector<Fiber*> waiters = std::move(b.waiters);
    b.waiters.clear();
    b.arrived = b.expected = 0;
    ++b.generation;
    if (options.schedule == Schedule::REVERSE) {
        for (size_t i = waiters.size(); i-- > 0;) make_ready(waiters[i]);
    } else {
        for (Fiber* f : waiters) make_ready(f);
    }
}

NamedBarrier& checked(int id, int threads) {
    if (id < 0 || id > 15) fail("barrier %d: ids are 0 to 15", id);
    NamedBarrier& b = block.barriers[id];
    if (threads != WHOLE_BLOCK && (threads % 32 || threads <= 0 || threads > block.threads)) {
        fail("barrier %d: thread count %d must be a multiple of 32 within the block", id, threads);
    }
    if (b.arrived && b.expected != threads) {
        fail("barrier %d: threads disagree on the count (%d, %d)", id, b.expected, threads);
    }
    return b;
}

void synchronise(int id, int threads, const char* what) {
    NamedBarrier& b = checked(id, threads);
    const u32 generation = b.generation;
    const int wanted = threads == WHOLE_BLOCK ? block.threads : threads;
    race_release(clock_of(id, generation));
    b.expected = threads;
    if (++b.arrived == wanted) {
        release(b);
    } else {
        b.waiters.push_back(fiber);
        wait_here(what, static_cast<u32>(id), static_cast<u32>(wanted));
    }
    race_acquire(clock_of(id, generation));
}

Collective* joined(WarpCollectives& warp, const char* what, u32 mask) {
    for (int i = 0; i < warp.count; ++i) {
        Collective& c = warp.under_way[i];
        if (!(c.mask & mask)) continue;
        if (c.mask != mask || c.what != what) {
            fail("warp %u diverged: lane %u at %s(mask %08x), others at %s(mask %08x)", current->warp, current->lane,
                 what, mask, c.what, c.mask);
        }
        return &c;
    }
    return nullptr;
}

Collective* opened(WarpCollectives& warp, const char* what, u32 mask) {
    for (u32 lane = 0; lane < 32; ++lane) {
        const u32 thread = current->warp * 32 + lane;
        if (!(mask >> lane & 1)) continue;
        if (thread >= static_cast<u32>(block.threads) || !block.fibers[thread]->live) {
            fail("%s: mask %08x names lane %u, which does not exist or has exited", what, mask, lane);
        }
    }
    if (warp.count == 8) fail("%s: more than 8 collectives under way in one warp", what);
    Collective* c = &warp.under_way[warp.count++];
    c->what = what;
    c->mask = mask;
    c->arrived = 0;
    return c;
}
} // namespace

void barriers_reset() {
    for (NamedBarrier& b : block.barriers) {
        b.arrived = b.expected = 0;
        b.generation = 0;
        b.waiters.clear();
    }
    for (WarpCollectives& w : block.warps) w.count = 0;
    for (WarpgroupCollective& w : block.warpgroups) w.arrived = 0;
    block.mbarriers.clear();
}

void block_barrier() {
    if (block.live != block.threads) {
        fail("__syncthreads after %d threads of the block have exited", block.threads - block.live);
    }
    synchronise(0, WHOLE_BLOCK, "__syncthreads");
}

void named_barrier(int id, int threads) { synchronise(id, threads, "bar.sync"); }

void named_barrier_arrive(int id, int threads) {
    NamedBarrier& b = checked(id, threads);
    race_release(clock_of(id, b.generation));
    b.expected = threads;
    if (++b.arrived == threads) release(b);
}

void warp_collective(const char* what, u32 mask, WarpAction act, void* argument) {
    const u32 lane = current->lane, warp_index = current->warp;
    if (!(mask >> lane & 1)) fail("%s: lane %u is not in its own mask %08x", what, lane, mask);
    WarpCollectives& warp = block.warps[warp_index];
    Collective* c = joined(warp, what, mask);
    const bool orders_memory = what[0] == 's' && what[1] == 'y'; // __syncwarp does, shuffles do not
    if (orders_memory) race_release(0x10000 + warp_index);
    if (!c) c = opened(warp, what, mask);
    c->arguments[lane] = argument;
    c->fibers[lane] = fiber;
    c->arrived |= 1u << lane;
    if (c->arrived != mask) {
        wait_here(what, mask);
    } else {
        in_collective = true;
        act(c->arguments, mask);
        in_collective = false;
        for (u32 i = 0; i < 32; ++i) {
            const u32 other = options.schedule == Schedule::REVERSE ? 31 - i : i;
            if (mask >> other & 1 && other != lane) make_ready(c->fibers[other]);
        }
        Collective* last = &warp.under_way[--warp.count];
        if (c != last) *c = *last;
    }
    if (orders_memory) race_acquire(0x10000 + warp_index);
}

void warpgroup_collective(const char* what, void (*act)(void* const*, int), void* argument) {
    const int index = static_cast<int>(current->linear) / 128, member = static_cast<int>(current->linear) % 128;
    if ((index + 1) * 128 > block.threads) fail("%s: warpgroup %d is not complete", what, index);
    WarpgroupCollective& c = block.warpgroups[index];
    if (c.arrived && c.what != what) fail("warpgroup %d diverged: %s and %s", index, what, c.what);
    c.what = what;
    c.arguments[member] = argument;
    c.fibers[member] = fiber;
    if (++c.arrived < 128) {
        wait_here(what);
        return;
    }
    c.arrived = 0;
    act(c.arguments, index);
    for (int i = 0; i < 128; ++i) {
        const int other = options.schedule == Schedule::REVERSE ? 127 - i : i;
        if (other != member) make_ready(c.fibers[other]);
    }
}
} // namespace emulator
