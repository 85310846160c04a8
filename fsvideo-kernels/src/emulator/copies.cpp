// cp.async: copies of 16 bytes per thread, delivered at once, at the wait that covers them, or at random.
#include "race.h"
#include "runtime.h"

namespace emulator {
namespace {
struct Copy { u32 to; const void* from; int bytes, group; };
struct Queue { std::vector<Copy> pending; int group = 0; std::vector<u32> clocks; };
Queue queues[MAX_THREADS];

int agent() { return AGENT_CP_ASYNC + static_cast<int>(current->linear); }

void deliver(const Copy& c) {
    char* to = static_cast<char*>(shared_pointer(c.to, 16));
    std::memset(to, 0, 16);
    std::memcpy(to, c.from, c.bytes);
}
} // namespace

void cp_async(u32 to, const void* from, int bytes) {
    RACE_HERE();
    if (to % 16 || (bytes && reinterpret_cast<uintptr_t>(from) % 16)) {
        fail("cp.async: addresses 0x%x and %p must be 16-byte aligned", to, from);
    }
    if (bytes < 0 || bytes > 16) fail("cp.async: %d bytes, must be 0 to 16", bytes);
    Queue& queue = queues[current->linear];
    const Copy copy{to, from, bytes, queue.group};
    statistics.cp_async_bytes += 16;
    race_agent_start(agent());
    race_access(shared_pointer(to, 16), 16, true, agent(), "cp.async");
    if (deliver_now()) {
        deliver(copy);
        return;
    }
    poison_shared(to, 16);
    queue.pending.push_back(copy);
}

void cp_async_commit() {
    Queue& queue = queues[current->linear];
    ++queue.group;
    queue.clocks.push_back(race_agent_clock(agent()));
}

void cp_async_wait(int allowed) {
    Queue& queue = queues[current->linear];
    size_t done = 0;
    while (done < queue.pending.size() && queue.pending[done].group < queue.group - allowed) {
        deliver(queue.pending[done++]);
    }
    queue.pending.erase(queue.pending.begin(), queue.pending.begin() + static_cast<ptrdiff_t>(done));
    if (queue.group > allowed) race_agent_join(agent(), queue.clocks[queue.group - allowed - 1]);
}

void copies_reset() {
    for (Queue& queue : queues) {
        queue.pending.clear();
        queue.clocks.clear();
        queue.group = 0;
    }
}

void copies_finish() {
    for (int i = 0; i < block.threads; ++i) {
        if (!queues[i].pending.empty()) {
            fail("thread %d ended with %zu cp.async never waited for", i, queues[i].pending.size());
        }
    }
    if (!block.loads.empty()) fail("a block ended with %zu bulk copies never waited for", block.loads.size());
    for (const auto& [address, b] : block.mbarriers) {
        if (b.bytes) fail("a block ended with mbarrier 0x%x expecting %ld more bytes", address, b.bytes);
    }
}
} // namespace emulator
