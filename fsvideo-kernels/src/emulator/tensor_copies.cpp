// Bulk tensor copies (TMA, tiled mode): boxes of a tensor map to and from shared memory, with swizzle and zero fill.
#include "race.h"
#include "tensor_map.h"

namespace emulator {
namespace {
struct StoreQueue { std::vector<std::pair<int, std::function<void()>>> pending; int group = 0; };
std::unordered_map<u32, StoreQueue> stores;   // per thread

TensorMap read_map(const CUtensorMap* map, int rank, const char* what) {
    TensorMap t;
    std::memcpy(&t, map, sizeof t);
    if (t.magic != TENSOR_MAP_MAGIC) fail("%s: tensor map %p was not built by the encoder", what, (const void*)map);
    if (rank != t.rank) fail("%s: %d coordinates for a map of rank %d", what, rank, t.rank);
    return t;
}

int extent(const TensorMap& t, int dimension) {
    return dimension < t.rank ? (t.box[dimension] + t.step[dimension] - 1) / t.step[dimension] : 1;
}

u32 box_bytes(const TensorMap& t) {
    u32 bytes = t.element_bytes;
    for (int i = 0; i < t.rank; ++i) bytes *= static_cast<u32>(extent(t, i));
    return bytes;
}

void check_alignment(const TensorMap& t, u32 address, const char* what) {
    static const u32 wanted[] = {128, 1024, 512, 256};
    if (address % wanted[t.swizzle]) {
        fail("%s: shared address 0x%x must be a multiple of %u for its swizzle", what, address, wanted[t.swizzle]);
    }
}

// visit(byte offset in the box, element in global memory, or null when it lies outside the tensor)
template <class Visit> void each_element(const TensorMap& t, const int* c, Visit visit) {
    u32 offset = 0;
    int i[5] = {};
    for (i[4] = 0; i[4] < extent(t, 4); ++i[4]) {
        for (i[3] = 0; i[3] < extent(t, 3); ++i[3]) {
            for (i[2] = 0; i[2] < extent(t, 2); ++i[2]) {
                for (i[1] = 0; i[1] < extent(t, 1); ++i[1]) {
                    bool inside = true;
                    char* row = reinterpret_cast<char*>(t.address);
                    for (int d = 1; d < t.rank; ++d) {
                        const long at = static_cast<long>(c[d]) + static_cast<long>(i[d]) * t.step[d];
                        inside &= at >= 0 && at < static_cast<long>(t.size[d]);
                        row += at * static_cast<long>(t.stride[d - 1]);
                    }
                    for (int x = 0; x < extent(t, 0); ++x, offset += t.element_bytes) {
                        const long at = static_cast<long>(c[0]) + static_cast<long>(x) * t.step[0];
                        const bool there = inside && at >= 0 && at < static_cast<long>(t.size[0]);
                        visit(offset, there ? row + at * t.element_bytes : nullptr);
                    }
                }
            }
        }
    }
}
} // namespace

void tma_load(u32 to, const CUtensorMap* map, u32 barrier, int rank, const int* coordinates) {
    RACE_HERE();
    const TensorMap t = read_map(map, rank, "tma load");
    check_alignment(t, to, "tma load");
    const u32 bytes = box_bytes(t);
    const int agent = mbarrier(barrier, "tma load").agent;
    race_agent_start(agent);
    race_access(shared_pointer(to, bytes), bytes, true, agent, "tma load");
    const std::vector<int> at(coordinates, coordinates + rank);
    auto land = [t, to, barrier, bytes, at] {
        char* base = static_cast<char*>(shared_pointer(to, bytes));
        each_element(t, at.data(), [&](u32 offset, const char* from) {
            char* element = base + (swizzled(to + offset, t.swizzle) - to);
            if (from) std::memcpy(element, from, t.element_bytes);
            else std::memset(element, t.fill_nan ? 0xff : 0, t.element_bytes);
        });
        statistics.tma_bytes += bytes;
        mbarrier_complete(barrier, bytes);
    };
    if (deliver_now()) {
        land();
        return;
    }
    poison_shared(to, bytes);
    block.loads.push_back(land);
}

bool deliver_one() {
    if (block.loads.empty()) return false;
    size_t chosen = 0;
    if (options.schedule == Schedule::REVERSE) chosen = block.loads.size() - 1;
    else if (options.schedule != Schedule::FORWARD) chosen = random_bits() % block.loads.size();
    const std::function<void()> land = std::move(block.loads[chosen]);
    block.loads.erase(block.loads.begin() + static_cast<ptrdiff_t>(chosen));
    land();
    return true;
}

void tma_store(const CUtensorMap* map, u32 from, int rank, const int* coordinates) {
    RACE_HERE();
    const TensorMap t = read_map(map, rank, "tma store");
    check_alignment(t, from, "tma store");
    const u32 bytes = box_bytes(t);
    race_agent_start(AGENT_TMA_STORE);
    race_access(shared_pointer(from, bytes), bytes, false, AGENT_TMA_STORE, "tma store");
    const std::vector<int> at(coordinates, coordinates + rank);
    auto write = [t, from, bytes, at] {
        const char* base = static_cast<const char*>(shared_pointer(from, bytes));
        each_element(t, at.data(), [&](u32 offset, char* to) {
            if (to) std::memcpy(to, base + (swizzled(from + offset, t.swizzle) - from), t.element_bytes);
        });
        statistics.tma_bytes += bytes;
    };
    StoreQueue& queue = stores[current->linear];
    if (deliver_now()) write();
    else queue.pending.push_back({queue.group, write});
}

void bulk_commit() { ++stores[current->linear].group; }

void bulk_wait(int allowed) {
    StoreQueue& queue = stores[current->linear];
    size_t done = 0;
    while (done < queue.pending.size() && queue.pending[done].first < queue.group - allowed) {
        queue.pending[done++].second();
    }
    queue.pending.erase(queue.pending.begin(), queue.pending.begin() + static_cast<ptrdiff_t>(done));
    race_agent_join(AGENT_TMA_STORE, race_agent_clock(AGENT_TMA_STORE)); // groups are not told apart
}

void tensor_stores_reset() { stores.clear(); }

void tensor_stores_finish() {
    for (auto& [thread, queue] : stores) {
        for (auto& store : queue.pending) {
            if (store.first == queue.group) fail("thread %u ended with bulk stores never committed", thread);
        }
        if (!queue.pending.empty()) fail("thread %u ended with bulk stores never waited for", thread);
    }
}

void proxy_fence() { race_proxy_fence(); }

void set_max_registers(int count) {
    if (count % 8 || count < 24 || count > 256) fail("setmaxnreg: %d must be a multiple of 8 in 24..256", count);
}
} // namespace emulator
