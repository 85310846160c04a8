// The C interface: kernels by name, options, tensor maps.
#include "emulator.h"
#include "race.h"
#include "tensor_map.h"
#include <cstdlib>
#include <map>
#include <mutex>

namespace emulator {
namespace {
std::map<std::string, Kernel>& kernels() {
    static std::map<std::string, Kernel> all;
    return all;
}
std::mutex launching;

int refuse(int code, const std::string& text) {
    set_error(text);
    return code;
}

int index_of(const std::string& value, std::initializer_list<const char*> names) {
    int i = 0;
    for (const char* name : names) {
        if (value == name) return i;
        ++i;
    }
    return -1;
}

// Bytes of one element by CUtensorMapDataType, up to TFLOAT32_FTZ.
constexpr unsigned char ELEMENT_BYTES[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};

// Fills t, or says which rule of cuda.h is broken.
const char* encode(TensorMap& t, int type, unsigned rank, const void* address, const unsigned long long* size,
                   const unsigned long long* stride, const unsigned* box, const unsigned* step, int swizzle) {
    static const unsigned span[] = {1u << 30, 32, 64, 128};
    static const unsigned char code[] = {0, 3, 2, 1};
    if (rank < 1 || rank > 5) return "rank must be 1 to 5";
    if (type < 0 || type > 12) return "unknown data type";
    if (!address || reinterpret_cast<uintptr_t>(address) % 16) return "global address must be 16-byte aligned";
    if (swizzle < 0 || swizzle > 3) return "swizzle mode must be 0 to 3";
    t.rank = static_cast<unsigned char>(rank);
    t.element_bytes = ELEMENT_BYTES[type];
    t.address = reinterpret_cast<u64>(address);
    t.swizzle = code[swizzle];
    for (unsigned i = 0; i < rank; ++i) {
        if (size[i] == 0 || size[i] > 1ull << 32) return "global size must be 1 to 2^32";
        if (box[i] == 0 || box[i] > 256) return "box size must be 1 to 256";
        if (step[i] == 0 || step[i] > 8) return "element stride must be 1 to 8";
        t.size[i] = static_cast<u32>(size[i]);
        t.box[i] = static_cast<u16>(box[i]);
        t.step[i] = static_cast<u16>(step[i]);
        if (i == 0) continue;
        if (stride[i - 1] % 16 || stride[i - 1] >= 1ull << 40) return "global stride must be a multiple of 16 below 2^40";
        t.stride[i - 1] = stride[i - 1];
    }
    if (box[0] * t.element_bytes % 16) return "inner box bytes must be a multiple of 16";
    if (swizzle && box[0] * t.element_bytes > span[swizzle]) return "inner box bytes must not exceed the swizzle span";
    return nullptr;
}
} // namespace

Registration::Registration(const Kernel& kernel) { kernels()[kernel.name] = kernel; }
} // namespace emulator

using namespace emulator;

const char* emulator_error() { return last_error().c_str(); }

int emulator_set(const char* option, const char* value) {
    const std::string name = option, text = value;
    int choice = index_of(text, {"off", "on"});
    if (name == "schedule") {
        choice = index_of(text, {"forward", "reverse", "random", "skew"});
        if (choice >= 0) options.schedule = static_cast<Schedule>(choice);
    } else if (name == "delivery") {
        choice = index_of(text, {"early", "late", "random"});
        if (choice >= 0) options.delivery = static_cast<Delivery>(choice);
    } else if (name == "seed") {
        options.seed = std::strtoull(value, nullptr, 0) | 1;
        choice = 0;
    } else if (name == "poison" && choice >= 0) {
        options.poison = choice;
    } else if (name == "race" && choice >= 0) {
        options.race = choice;
    } else if (name == "profile" && choice >= 0) {
        options.profile = choice;
    } else {
        choice = -1;
    }
    return choice >= 0 ? 0 : refuse(EMULATOR_INVALID_VALUE, "emulator option " + name + ": got " + text);
}

const char* emulator_kernel(int index) {
    for (const auto& [name, kernel] : kernels()) {
        if (index-- == 0) return kernel.name;
    }
    return nullptr;
}

int emulator_parameters(const char* name, unsigned* bytes, int capacity) {
    const auto found = kernels().find(name);
    if (found == kernels().end()) return -1;
    const Kernel& kernel = found->second;
    for (int i = 0; i < kernel.parameters && i < capacity; ++i) bytes[i] = kernel.parameter_bytes[i];
    return kernel.parameters;
}

int emulator_launch(const char* name, const unsigned grid[3], const unsigned block_sizes[3], unsigned shared_bytes,
                    void** parameters) {
    const std::lock_guard<std::mutex> lock(launching);
    const auto found = kernels().find(name);
    if (found == kernels().end()) return refuse(EMULATOR_NOT_FOUND, std::string(name) + ": no such kernel");
    const dim3 size(block_sizes[0], block_sizes[1], block_sizes[2]);
    const u64 threads = u64{size.x} * size.y * size.z;
    const std::string place = std::string(name) + ": ";
    if (threads < 1 || threads > MAX_THREADS || size.z > 64) {
        return refuse(EMULATOR_INVALID_VALUE, place + "block must have 1 to 1024 threads, got " + std::to_string(threads));
    }
    if (!grid[0] || !grid[1] || !grid[2] || grid[0] > 0x7fffffffu || grid[1] > 65535 || grid[2] > 65535) {
        return refuse(EMULATOR_INVALID_VALUE, place + "grid is empty or too large");
    }
    if (shared_bytes > SHARED_MAX) {
        return refuse(EMULATOR_INVALID_VALUE, place + "shared memory must be at most " + std::to_string(SHARED_MAX) +
                                                  " bytes, got " + std::to_string(shared_bytes));
    }
    if (watching() && !found->second.instrumented) {
        return refuse(EMULATOR_INVALID_VALUE, place + "was not built for the race checker");
    }
    const dim3 blocks(grid[0], grid[1], grid[2]);
    return found->second.launch(blocks, size, shared_bytes, parameters) ? EMULATOR_LAUNCH_FAILED : 0;
}

int emulator_tensor_map_tiled(void* map, int type, unsigned rank, void* address, const unsigned long long* size,
                              const unsigned long long* stride, const unsigned* box, const unsigned* step,
                              int interleave, int swizzle, int, int out_of_bounds_fill) {
    TensorMap t{};
    t.magic = TENSOR_MAP_MAGIC;
    t.fill_nan = out_of_bounds_fill != 0;
    const char* broken = interleave ? "interleaved layouts are not supported"
                         : reinterpret_cast<uintptr_t>(map) % 64 ? "the map must be 64-byte aligned"
                         : encode(t, type, rank, address, size, stride, box, step, swizzle);
    if (broken) return refuse(EMULATOR_INVALID_VALUE, std::string("tensor map: ") + broken);
    std::memset(map, 0, sizeof(CUtensorMap));
    std::memcpy(map, &t, sizeof t);
    return 0;
}

int emulator_races() { return race_count(); }
const char* emulator_race_reports() { return race_reports().c_str(); }

const char* emulator_profile() {
    static std::string table;
    table = profile_table();
    return table.c_str();
}

void emulator_forget() {
    race_forget();
    profile_forget();
}

unsigned long long emulator_statistic(const char* name) {
    const std::map<std::string, u64> all = {
        {"switches", statistics.switches},       {"blocks", statistics.blocks},
        {"wgmma_flops", statistics.wgmma_flops}, {"mma_flops", statistics.mma_flops},
        {"tma_bytes", statistics.tma_bytes},     {"cp_async_bytes", statistics.cp_async_bytes}};
    const auto found = all.find(name);
    return found == all.end() ? 0 : found->second;
}
