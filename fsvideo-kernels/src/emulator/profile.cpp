// Bank conflicts and uncoalesced accesses per source line, counted over the warps of instrumented kernels.
// Accesses of a warp's lanes belong together when they are the n-th execution of the same instruction.
#include "race.h"
#include <algorithm>
#include <cstdio>
#include <dlfcn.h>
#include <map>
#include <set>

namespace emulator {
namespace {
struct Site { u64 accesses = 0, cost = 0, ideal = 0; };
struct WarpAccess { u32 lanes = 0, bytes = 0; bool shared = false, write = false; u64 address[32]; };
using Key = std::pair<u32, std::pair<const void*, u32>>;
std::map<std::pair<const void*, std::string>, Site> sites;
std::unordered_map<const void*, u32> executions[MAX_THREADS];
std::map<Key, WarpAccess> open_accesses;
std::unordered_map<u64, u32> touched;         // by a block: sectors of 32 bytes, which of their bytes

// Wavefronts: the most distinct words any bank has to serve, for as many lanes as 128 bytes feed.
void count_shared(Site& site, const WarpAccess& a) {
    const u32 lanes = a.bytes <= 4 ? 32 : 128 / a.bytes;
    for (u32 first = 0; first < 32; first += lanes) {
        std::set<u64> words;
        int per_bank[32] = {}, wavefronts = 0;
        for (u32 lane = first; lane < first + lanes; ++lane) {
            if (!(a.lanes >> lane & 1)) continue;
            for (u64 word = a.address[lane] / 4; word <= (a.address[lane] + a.bytes - 1) / 4; ++word) {
                if (words.insert(word).second) wavefronts = std::max(wavefronts, ++per_bank[word % 32]);
            }
        }
        if (!wavefronts) continue;
        site.cost += static_cast<u64>(wavefronts);
        ++site.ideal;
    }
}

void touch(const WarpAccess& a) {
    for (int lane = 0; lane < 32; ++lane) {
        if (!(a.lanes >> lane & 1)) continue;
        for (u64 byte = a.address[lane]; byte < a.address[lane] + a.bytes; ++byte) touched[byte / 32] |= 1u << byte % 32;
    }
}

// What a block moves if its own cache keeps everything: sectors, and those that its bytes would fill.
void count_touched() {
    if (touched.empty()) return;
    u64 bytes = 0;
    for (const auto& [sector, mask] : touched) bytes += static_cast<u64>(__builtin_popcount(mask));
    Site& site = sites[{nullptr, "block"}];
    ++site.accesses;
    site.cost += touched.size();
    site.ideal += (bytes + 31) / 32;
    touched.clear();
}

void count_global(Site& site, const WarpAccess& a) {
    std::set<u64> sectors, addresses;
    for (int lane = 0; lane < 32; ++lane) {
        if (!(a.lanes >> lane & 1)) continue;
        addresses.insert(a.address[lane]);
        for (u64 s = a.address[lane] / 32; s <= (a.address[lane] + a.bytes - 1) / 32; ++s) sectors.insert(s);
    }
    site.cost += sectors.size();
    site.ideal += (addresses.size() * a.bytes + 31) / 32;
}

// In device.h and in the generated file that calls a kernel; there the address is the launching program's.
bool reads_parameters(const void* place) {
    const std::string line = source_line(place);
    return line.rfind("device", 0) == 0 || line.find(".cpp:") != std::string::npos;
}

void count(const void* place, const WarpAccess& a) {
    const std::string kind = std::string(a.shared ? "shared " : "global ") + (a.write ? "store" : "load");
    Site& site = sites[{place, kind}];
    ++site.accesses;
    if (a.shared) count_shared(site, a);
    else count_global(site, a);
    if (!a.shared && !reads_parameters(place)) touch(a);
}

template <class T> bool inside(const char* p, const T* object) {
    return p >= reinterpret_cast<const char*>(object) && p < reinterpret_cast<const char*>(object + 1);
}

// The fiber's stack and the emulator's own variables are registers on a GPU.
bool is_device_memory(const char* p) {
    const FiberContext& c = fiber->context;
    return !(p >= c.stack && p < c.stack + c.stack_bytes) && !inside(p, fiber) && !inside(p, &current) &&
           !inside(p, &block_index) && !inside(p, &block_size) && !inside(p, &grid_size);
}
} // namespace

void profile_access(const void* pointer, u32 bytes, bool write, const void* place) {
    if (!in_kernel || !fiber || in_collective) return;
    const char* p = static_cast<const char*>(pointer);
    const long offset = p - shared_memory;
    const bool shared = offset >= 0 && offset < static_cast<long>(SHARED_MAX);
    if (!shared && !is_device_memory(p)) return;
    if (shared && options.race) {
        race_place = place;
        race_access(p, bytes, write, SELF, write ? "write" : "read");
    }
    if (!options.profile) return;
    const u32 execution = executions[current->linear][place]++;
    const Key key{current->warp, {place, execution}};
    WarpAccess& a = open_accesses[key];
    a.bytes = bytes;
    a.shared = shared;
    a.write = write;
    a.lanes |= 1u << current->lane;
    a.address[current->lane] = shared ? static_cast<u64>(offset) : reinterpret_cast<u64>(p);
    if (a.lanes != ~0u) return;
    count(place, a);
    open_accesses.erase(key);
}

void profile_rows(const char* what, const u32* addresses, int rows) {
    if (!options.profile) return;
    Site& site = sites[{race_place, what}];
    ++site.accesses;
    for (int first = 0; first < rows; first += 8) {
        int per_bank[8] = {}, wavefronts = 0;
        std::set<u32> distinct;
        for (int i = first; i < first + 8; ++i) {
            const u32 row = addresses[i] / 16;
            if (distinct.insert(row).second) wavefronts = std::max(wavefronts, ++per_bank[row % 8]);
        }
        site.cost += static_cast<u64>(wavefronts);
        ++site.ideal;
    }
}

void profile_block_end() {
    for (const auto& [key, access] : open_accesses) count(key.second.first, access);
    open_accesses.clear();
    count_touched();
    for (auto& e : executions) e.clear();
}

std::string profile_table() {
    std::string table;
    for (const auto& [key, site] : sites) {
        char line[256];
        std::snprintf(line, sizeof line, "%-28s %-12s %10lu %12lu %12lu %6.2f\n", source_line(key.first).c_str(),
                      key.second.c_str(), site.accesses, site.cost, site.ideal,
                      static_cast<double>(site.cost) / static_cast<double>(site.ideal ? site.ideal : 1));
        table += line;
    }
    return table;
}

void profile_forget() { sites.clear(); }

std::string source_line(const void* place) {
    static std::map<const void*, std::string> known;
    const auto found = known.find(place);
    if (found != known.end()) return found->second;
    Dl_info object;
    if (!place || !dladdr(place, &object)) return "?";
    const long offset = static_cast<const char*>(place) - static_cast<const char*>(object.dli_fbase) - 1;
    char command[600], frame[400];
    std::snprintf(command, sizeof command, "addr2line -e '%s' -s -i 0x%lx 2>/dev/null", object.dli_fname,
                  static_cast<unsigned long>(offset));
    std::string line = "?";
    if (FILE* frames = popen(command, "r")) { // innermost first: the first one outside the emulator's headers
        while (std::fgets(frame, sizeof frame, frames)) {
            line = std::string(frame).substr(0, std::string(frame).find_first_of(" \n"));
            if (line.rfind("device", 0) != 0 && line.rfind("cuda_types", 0) != 0) break;
        }
        pclose(frames);
    }
    return known[place] = line;
}
} // namespace emulator
