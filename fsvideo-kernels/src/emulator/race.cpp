// Data races in shared memory by vector clocks, reads of unwritten memory, and missing proxy fences.
// Kernels are built with -fsanitize=thread; its callbacks come to instrument.cpp, libtsan itself is not linked.
// Memory is watched in granules of 2 bytes; single-byte accesses are only profiled.
#include "race.h"
#include <algorithm>
#include <set>

namespace emulator {
const void* race_place;

namespace {
constexpr int READERS = 8;
using Clock = std::vector<u32>;
struct Granule {
    u32 block_number = 0;                     // older contents are stale
    int writer = -1;
    u32 write_clock = 0;
    bool by_thread = false;
    int readers = 0;
    const void* write_place = nullptr;
    int reader[READERS];
    u32 read_clock[READERS];
    const void* read_place[READERS];
};

int threads, width;                           // entities: threads first, then agents
u32 block_number;
std::vector<Clock> clocks;
std::unordered_map<u64, Clock> objects;
std::vector<u32> fence_clock;
std::vector<Granule> granules;
int reports;
std::set<std::pair<const void*, const void*>> seen;
std::string report_text;
const char* access_name;

int self() { return static_cast<int>(current->linear); }
int entity(int agent) { return agent == SELF ? self() : threads + agent; }

Clock& clock_of(int who) {
    Clock& c = clocks[who];
    if (c.empty()) {
        c.assign(width, 0);
        if (who < threads) c[who] = 1;
    }
    return c;
}

void join(Clock& to, const Clock& from) {
    if (from.empty()) return;
    if (to.empty()) to.assign(width, 0);
    for (int i = 0; i < width; ++i) to[i] = std::max(to[i], from[i]);
}

std::string name_of(int who) {
    if (who < 0) return "nobody";
    if (who < threads) return "thread " + std::to_string(who);
    const int agent = who - threads;
    if (agent < AGENT_TMA_STORE) return "wgmma of warpgroup " + std::to_string(agent);
    if (agent == AGENT_TMA_STORE) return "a TMA store";
    if (agent < AGENT_CP_ASYNC) return "a TMA load on mbarrier " + std::to_string(agent - AGENT_TMA_LOAD);
    return "cp.async of thread " + std::to_string(agent - AGENT_CP_ASYNC);
}

void report(const char* kind, u32 offset, int who, int other, const void* other_place) {
    ++reports;
    if (seen.size() >= 20 || !seen.insert({race_place, other_place}).second) return;
    report_text += std::string(kind) + " at shared offset " + std::to_string(offset) + ": " + access_name + " by " +
                   name_of(who) + " at " + source_line(race_place) + "; earlier access by " + name_of(other) + " at " +
                   source_line(other_place) + "\n";
}

void check_write(Granule& g, u32 offset, int who, const Clock& clock) {
    for (int r = 0; r < g.readers; ++r) {
        if (g.reader[r] != who && g.read_clock[r] > clock[g.reader[r]]) {
            report("write after read", offset, who, g.reader[r], g.read_place[r]);
        }
    }
    g.writer = who;
    g.write_clock = clock[who];
    g.write_place = race_place;
    g.by_thread = who < threads;
    g.readers = 0;
}

void note_read(Granule& g, int who, const Clock& clock) {
    int slot = 0;
    while (slot < g.readers && g.reader[slot] != who) ++slot;
    if (slot == g.readers) {
        if (g.readers < READERS) ++g.readers;
        else slot = static_cast<int>(random_bits() % READERS);
    }
    g.reader[slot] = who;
    g.read_clock[slot] = clock[who];
    g.read_place[slot] = race_place;
}

void check_granule(u32 index, bool write, int agent, int who, const Clock& clock) {
    Granule& g = granules[index];
    if (g.block_number != block_number) {
        g.block_number = block_number;
        g.writer = -1;
        g.readers = 0;
    }
    if (g.writer < 0) {
        if (!write) report("read of unwritten memory", index * 2, who, -1, nullptr);
    } else {
        if (g.writer != who && g.write_clock > clock[g.writer]) {
            report(write ? "write after write" : "read after write", index * 2, who, g.writer, g.write_place);
        }
        const bool proxy = agent >= AGENT_WGMMA && agent <= AGENT_TMA_STORE;
        if (proxy && !write && g.by_thread && fence_clock[g.writer] < g.write_clock) {
            report("no fence.proxy.async between", index * 2, who, g.writer, g.write_place);
        }
    }
    if (write) check_write(g, index * 2, who, clock);
    else note_read(g, who, clock);
}
} // namespace

void race_reset(int thread_count) {
    if (!options.race) return;
    threads = thread_count;
    width = threads + AGENT_CP_ASYNC + threads;
    ++block_number;
    clocks.resize(width);
    for (Clock& c : clocks) c.clear();
    objects.clear();
    fence_clock.assign(threads, 0);
    granules.resize(SHARED_MAX / 2);
}

void race_block_end() {
    if (options.profile) profile_block_end();
}

void race_release(u64 object) {
    if (!options.race) return;
    Clock& mine = clock_of(self());
    join(objects[object], mine);
    ++mine[self()];
}

void race_acquire(u64 object) {
    if (options.race) join(clock_of(self()), objects[object]);
}

void race_release_agent(u64 object, int agent) {
    if (options.race) join(objects[object], clock_of(threads + agent));
}

void race_agent_start(int agent) {
    if (!options.race) return;
    Clock& theirs = clock_of(threads + agent);
    Clock& mine = clock_of(self());
    join(theirs, mine);
    ++mine[self()];
    ++theirs[threads + agent];
}

u32 race_agent_clock(int agent) { return options.race ? clock_of(threads + agent)[threads + agent] : 0; }

void race_agent_join(int agent, u32 clock) {
    if (!options.race) return;
    u32& known = clock_of(self())[threads + agent];
    known = std::max(known, clock);
}

void race_proxy_fence() {
    if (!options.race) return;
    Clock& mine = clock_of(self());
    fence_clock[self()] = mine[self()]++;
}

void race_access(const void* pointer, u32 bytes, bool write, int agent, const char* what) {
    if (!options.race || !fiber || bytes < 2) return;
    const long offset = static_cast<const char*>(pointer) - shared_memory;
    if (offset < 0 || offset + static_cast<long>(bytes) > static_cast<long>(SHARED_MAX)) return;
    access_name = what;
    const int who = entity(agent);
    const Clock& clock = clock_of(who);
    for (u32 i = static_cast<u32>(offset) / 2; i <= (static_cast<u32>(offset) + bytes - 1) / 2; ++i) {
        check_granule(i, write, agent, who, clock);
    }
}

const std::string& race_reports() { return report_text; }
int race_count() { return reports; }

void race_forget() {
    reports = 0;
    seen.clear();
    report_text.clear();
}
} // namespace emulator
