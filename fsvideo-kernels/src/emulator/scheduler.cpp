// Runs a grid block by block: starts the fibers, picks the next one by the schedule, reports deadlocks and failures.
#include "race.h"
#include "runtime.h"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>

namespace emulator {
ThreadContext* current;
uint3 block_index;
dim3 block_size, grid_size;
Options options;
Block block;
Fiber* fiber;
bool in_kernel, in_collective;
Statistics statistics;

namespace {
u64 random_state = 1;
bool failed;
std::string error_text;
FiberContext scheduler_context;
Body kernel_body;
void* kernel_argument;
u32 warp_priority[32];
int picks_until_redraw;

void to_scheduler(bool dying) {
    ++statistics.switches;
    fiber_switch(fiber->context, scheduler_context, dying);
}

// Forward and reverse are first in, first out; skew lets some warps run far ahead of others.
Fiber* pick() {
    const u32 waiting = block.ready.size();
    u32 chosen = 0;
    if (options.schedule == Schedule::RANDOM) chosen = random_bits() % waiting;
    if (options.schedule == Schedule::SKEW) {
        if (--picks_until_redraw <= 0) {
            picks_until_redraw = 1 + random_bits() % 4096;
            for (u32& priority : warp_priority) priority = static_cast<u32>(random_bits());
        }
        for (u32 i = 1; i < waiting; ++i) {
            const u32 mine = warp_priority[block.ready[i]->thread.warp];
            if (mine < warp_priority[block.ready[chosen]->thread.warp]) chosen = i;
        }
    }
    Fiber* next = block.ready.take(chosen);
    next->queued = false;
    return next;
}

void become(Fiber* next) {
    fiber = next;
    current = &next->thread;
}

// Straight to the next ready fiber, or to the scheduler when there is none or deliveries are drawn there.
void leave() {
    if (block.ready.empty() || options.delivery == Delivery::RANDOM) {
        to_scheduler(false);
        return;
    }
    Fiber* self = fiber;
    Fiber* next = pick();
    if (next == self) return;
    become(next);
    ++statistics.switches;
    fiber_switch(self->context, next->context, false);
}

void thread_main() {
    fiber_entered(fiber->context);
    kernel_body(kernel_argument);
    fiber->live = false;
    fiber->where = "exited";
    --block.live;
    const NamedBarrier& all = block.barriers[0];
    if (all.expected == -1 && all.arrived) {
        fail("thread %u exited while %d others wait in __syncthreads", fiber->thread.linear, all.arrived);
    }
    to_scheduler(true);
    abort();
}

std::string place() {
    char text[96];
    std::snprintf(text, sizeof text, "block (%u,%u,%u)", block_index.x, block_index.y, block_index.z);
    return text;
}

void report_deadlock() {
    std::map<std::string, std::pair<int, u32>> groups; // what they wait for -> how many, the first
    for (const Fiber* f : block.fibers) {
        if (!f->live) continue;
        char where[128];
        std::snprintf(where, sizeof where, "%s(0x%x,%u)", f->where, f->detail, f->parity);
        auto [group, fresh] = groups.try_emplace(where, 0, f->thread.linear);
        ++group->second.first;
    }
    std::string text = place() + ": deadlock:";
    for (const auto& [where, group] : groups) {
        text += " " + std::to_string(group.first) + " threads (first " + std::to_string(group.second) + ") at " + where + ";";
    }
    for (const auto& [address, b] : block.mbarriers) {
        char state[128];
        std::snprintf(state, sizeof state, " mbarrier 0x%x pending %u/%u bytes %ld phase %u;", address, b.pending,
                      b.expected, b.bytes, b.phase);
        text += state;
    }
    failed = true;
    if (error_text.empty()) error_text = text;
}

void start_fibers() {
    for (int i = 0; i < block.threads; ++i) {
        Fiber* f = block.fibers[options.schedule == Schedule::REVERSE ? block.threads - 1 - i : i];
        fiber_prepare(f->context, thread_main);
        f->live = true;
        f->queued = false;
        f->where = "start";
        make_ready(f);
    }
}

void run_block() {
    ++statistics.blocks;
    block.ready.clear();
    block.loads.clear();
    block.live = block.threads;
    barriers_reset();
    copies_reset();
    tensor_stores_reset();
    wgmma_reset();
    race_reset(block.threads);
    shared_reset();
    start_fibers();
    while (block.live > 0 && !failed) {
        if (options.delivery == Delivery::RANDOM && (random_bits() & 7) == 0) deliver_one();
        if (block.ready.empty()) {
            if (deliver_one()) continue;
            report_deadlock();
            break;
        }
        become(pick());
        fiber_switch(scheduler_context, fiber->context, false);
    }
    fiber = nullptr;
    race_block_end();
    if (failed) return;
    try {
        wgmma_finish();
        copies_finish();
        tensor_stores_finish();
    } catch (const Failure&) {
    }
}

void seat_threads(dim3 size) {
    static std::vector<Fiber*> pool;
    const int threads = static_cast<int>(size.x * size.y * size.z);
    while (static_cast<int>(pool.size()) < threads) {
        pool.push_back(new Fiber);
        fiber_allocate(pool.back()->context);
    }
    block.threads = threads;
    block.fibers.assign(pool.begin(), pool.begin() + threads);
    block.warps.resize((threads + 31) / 32);
    block.warpgroups.resize((threads + 127) / 128);
    for (u32 i = 0; i < static_cast<u32>(threads); ++i) {
        block.fibers[i]->thread = {{i % size.x, i / size.x % size.y, i / (size.x * size.y)}, i, i % 32, i / 32};
    }
}
} // namespace

u64 random_bits() {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

void fail(const char* format, ...) {
    char text[1500];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!failed) {
        failed = true;
        error_text = in_kernel && fiber ? place() + " thread " + std::to_string(fiber->thread.linear) + ": " : "";
        error_text += text;
    }
    if (in_kernel && fiber) {
        to_scheduler(true);
        abort();
    }
    throw Failure{};
}

void make_ready(Fiber* f) {
    if (f->queued) return;
    f->queued = true;
    block.ready.push(f);
}

void wait_here(const char* where, u32 detail, u32 parity) {
    fiber->where = where;
    fiber->detail = detail;
    fiber->parity = parity;
    leave();
}

void yield() {
    make_ready(fiber);
    wait_here("yield");
}

const std::string& last_error() { return error_text; }
void set_error(const std::string& text) { error_text = text; }

int run_grid(const char* name, dim3 grid, dim3 size, size_t shared_bytes, Body body, void* argument) {
    failed = false;
    error_text.clear();
    random_state = options.seed * 0x9E3779B97F4A7C15ull | 1;
    seat_threads(size);
    block.dynamic_bytes = static_cast<u32>(shared_bytes);
    fiber_adopt_thread(scheduler_context);
    block_size = size;
    grid_size = grid;
    kernel_body = body;
    kernel_argument = argument;
    in_kernel = true;
    in_collective = false;
    for (unsigned z = 0; z < grid.z && !failed; ++z) {
        for (unsigned y = 0; y < grid.y && !failed; ++y) {
            for (unsigned x = 0; x < grid.x && !failed; ++x) {
                block_index = {x, y, z};
                run_block();
            }
        }
    }
    in_kernel = false;
    fiber = nullptr;
    if (failed) error_text = std::string(name) + ": " + error_text;
    return failed;
}
} // namespace emulator
