// mbarrier: arrivals, phases and the bytes that bulk copies still owe.
#include "race.h"
#include "runtime.h"

namespace emulator {
namespace {
u64 clock_of(u32 address, u32 phase) { return 0x100000ull + address * 2ull + phase; }

void complete_phase(MBarrier& b) {
    if (b.pending != 0 || b.bytes != 0) return;
    b.phase ^= 1;
    b.pending = b.expected;
    std::vector<MBarrier::Waiter> waiters = std::move(b.waiters);
    b.waiters.clear();
    for (size_t i = 0; i < waiters.size(); ++i) {
        const auto& w = waiters[options.schedule == Schedule::REVERSE ? waiters.size() - 1 - i : i];
        if (w.parity != b.phase) make_ready(w.fiber);
        else b.waiters.push_back(w);
    }
}
} // namespace

MBarrier& mbarrier(u32 address, const char* what) {
    auto found = block.mbarriers.find(address);
    if (found == block.mbarriers.end()) fail("%s: no mbarrier was initialised at 0x%x", what, address);
    return found->second;
}

void mbarrier_init(u32 address, u32 count) {
    RACE_HERE();
    if (address % 8) fail("mbarrier.init: 0x%x is not 8-byte aligned", address);
    if (count < 1 || count >= 1u << 20) fail("mbarrier.init: count %u", count);
    if (block.mbarriers.count(address)) fail("mbarrier.init: 0x%x initialised twice", address);
    std::memset(shared_pointer(address, 8), 0xab, 8);
    const int agent = AGENT_TMA_LOAD + static_cast<int>(block.mbarriers.size());
    if (agent >= AGENT_CP_ASYNC) fail("mbarrier.init: more than %d barriers in a block", AGENT_CP_ASYNC - AGENT_TMA_LOAD);
    MBarrier& b = block.mbarriers[address];
    b.expected = b.pending = count;
    b.agent = agent;
    race_access(shared_pointer(address, 8), 8, true, SELF, "mbarrier.init");
}

void mbarrier_arrive(u32 address, u32 expected_bytes, bool expect) {
    RACE_HERE();
    MBarrier& b = mbarrier(address, "mbarrier.arrive");
    race_access(shared_pointer(address, 8), 8, false, SELF, "mbarrier.arrive");
    race_release(clock_of(address, b.phase));
    if (expect) b.bytes += expected_bytes;
    if (b.pending == 0) fail("mbarrier 0x%x: more arrivals than its count %u in one phase", address, b.expected);
    --b.pending;
    complete_phase(b);
}

bool mbarrier_test(u32 address, u32 parity) {
    RACE_HERE();
    if (parity > 1) fail("mbarrier.try_wait: parity %u must be 0 or 1", parity);
    if (mbarrier(address, "mbarrier.try_wait").phase == parity) return false;
    race_access(shared_pointer(address, 8), 8, false, SELF, "mbarrier.try_wait");
    race_acquire(clock_of(address, parity));
    return true;
}

void mbarrier_wait(u32 address, u32 parity) {
    while (!mbarrier_test(address, parity)) {
        mbarrier(address, "mbarrier.try_wait").waiters.push_back({fiber, parity});
        wait_here("mbarrier wait", address, parity);
    }
}

void mbarrier_complete(u32 address, u32 bytes) {
    auto found = block.mbarriers.find(address);
    if (found == block.mbarriers.end()) return;
    MBarrier& b = found->second;
    race_release_agent(clock_of(address, b.phase), b.agent);
    b.bytes -= bytes;
    complete_phase(b);
}
} // namespace emulator
