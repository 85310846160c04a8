// Internals shared by the parts of the emulator. One launch at a time, one block at a time, one fiber per thread.
#pragma once
#include "device_ptx.h"
#include "fiber.h"
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace emulator {
enum class Schedule { FORWARD, REVERSE, RANDOM, SKEW };
enum class Delivery { EARLY, LATE, RANDOM };
struct Options {
    Schedule schedule = Schedule::FORWARD;
    Delivery delivery = Delivery::LATE;
    u64 seed = 1;
    bool poison = true;                       // fill shared memory and pending destinations with NaN bytes
    bool race = false;                        // needs instrumented kernels
    bool profile = false;                     // needs instrumented kernels
};
extern Options options;

constexpr int MAX_THREADS = 1024;
constexpr u32 SHARED_BASE = 1024, SHARED_MAX = 227 * 1024;

struct Fiber {
    ThreadContext thread{};
    FiberContext context;
    bool live = false, queued = false;
    const char* where = "";                   // what it waits for, for deadlock reports
    u32 detail = 0, parity = 0;
};
struct NamedBarrier { int arrived = 0, expected = 0; u32 generation = 0; std::vector<Fiber*> waiters; };
struct Collective { const char* what; u32 mask, arrived; void* arguments[32]; Fiber* fibers[32]; };
struct WarpCollectives { int count = 0; Collective under_way[8]; };
struct WarpgroupCollective { const char* what = nullptr; int arrived = 0; void* arguments[128]; Fiber* fibers[128]; };
struct MBarrier {
    struct Waiter { Fiber* fiber; u32 parity; };
    u32 expected = 0, pending = 0, phase = 0;
    long bytes = 0;                           // announced and not yet delivered
    int agent = 0;
    std::vector<Waiter> waiters;
};
class ReadyQueue {
public:
    bool empty() const { return head_ == tail_; }
    u32 size() const { return tail_ - head_; }
    void clear() { head_ = tail_ = 0; }
    void push(Fiber* fiber) { slots_[tail_++ % MAX_THREADS] = fiber; }
    Fiber*& operator[](u32 i) { return slots_[(head_ + i) % MAX_THREADS]; }
    Fiber* take(u32 i) {
        Fiber* fiber = (*this)[i];
        (*this)[i] = (*this)[0];
        ++head_;
        return fiber;
    }
private:
    Fiber* slots_[MAX_THREADS];
    u32 head_ = 0, tail_ = 0;
};
struct Block {
    int threads = 0, live = 0;
    std::vector<Fiber*> fibers;
    ReadyQueue ready;
    NamedBarrier barriers[16];
    std::vector<WarpCollectives> warps;
    std::vector<WarpgroupCollective> warpgroups;
    std::unordered_map<u32, MBarrier> mbarriers;
    std::deque<std::function<void()>> loads;  // bulk copies on their way
    u32 dynamic_bytes = 0;
};
extern Block block;
extern Fiber* fiber;                          // running
extern char* shared_memory;
extern bool in_kernel;
extern bool in_collective;                    // lanes' stacks are then read by one of them

struct Failure {};                            // thrown by fail() outside a fiber
const std::string& last_error();
void set_error(const std::string& text);
u64 random_bits();
inline bool deliver_now() {
    return options.delivery == Delivery::EARLY || (options.delivery == Delivery::RANDOM && (random_bits() & 1));
}
void make_ready(Fiber* f);
void wait_here(const char* where, u32 detail = 0, u32 parity = 0);
void warpgroup_collective(const char* what, void (*act)(void* const* arguments, int warpgroup), void* argument);
bool deliver_one();                           // a bulk copy lands; false when none is on its way
void poison_shared(u32 address, u32 bytes);
MBarrier& mbarrier(u32 address, const char* what);
void mbarrier_complete(u32 address, u32 bytes);

// Each part forgets the previous block, and at a block's end reports what was never waited for.
void shared_reset();
void barriers_reset();
void copies_reset();
void copies_finish();
void tensor_stores_reset();
void tensor_stores_finish();
void wgmma_reset();
void wgmma_finish();

struct Statistics { u64 switches, blocks, wgmma_flops, mma_flops, tma_bytes, cp_async_bytes; };
extern Statistics statistics;
inline u32 swizzled(u32 address, int mode) { // descriptor codes: 1 128 bytes, 2 64, 3 32
    return mode == 1 ? address ^ (address >> 3 & 0x70)
         : mode == 2 ? address ^ (address >> 3 & 0x30)
         : mode == 3 ? address ^ (address >> 3 & 0x10) : address;
}
inline float bf16_value(u32 bits) { return __uint_as_float(bits << 16); }
} // namespace emulator
