// A libcuda.so.1 whose GPU is the emulator: the GPU tests' own code runs end to end where there is no GPU.
// Launches are queued and run when somebody asks for the stream, as on a device. FAKE_DRIVER_FAULT plants a fault:
// nodevice, lost, hang, overrun (a byte behind a tensor), flicker (a bit that differs from run to run).
#include "cuda_types.h"
#include "emulator.h"
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace {
enum { INVALID_VALUE = 1, NO_DEVICE = 100, NOT_FOUND = 500, NOT_READY = 600, LAUNCH_FAILED = 719 };
constexpr unsigned SHARED_WITHOUT_LEAVE = 48 * 1024, SHARED_MAX = 227 * 1024;

struct Function { std::string entry; unsigned shared_allowed = SHARED_WITHOUT_LEAVE; };
struct Queued { std::string entry; unsigned grid[3], block[3], shared; std::vector<std::vector<char>> values; };
struct Event { std::chrono::steady_clock::time_point time; };
std::map<unsigned long long, size_t> memory;  // start, bytes
std::deque<Queued> queue;
std::string last_error = "no error";
int sticky = 0, runs = 0;

bool fault(const char* name) {
    const char* const planted = std::getenv("FAKE_DRIVER_FAULT");
    return planted && std::string(planted) == name;
}
int refuse(int status, const std::string& why) {
    last_error = why;
    return status;
}
bool inside(unsigned long long address, size_t bytes) {
    auto next = memory.upper_bound(address);
    if (next == memory.begin()) return false;
    --next;
    return address + bytes <= next->first + next->second;
}
void spoil_memory() {
    // Harness allocations start and end with 4096 guard bytes.
    for (const auto& [start, bytes] : memory) {
        char* const first = reinterpret_cast<char*>(start);
        if (fault("overrun")) first[bytes - 4096] ^= 1;
        if (fault("flicker") && bytes > 8192) first[4096] = static_cast<char>(first[4096] ^ (runs & 1));
    }
    ++runs;
}
// FAKE_DRIVER_PROFILE=<file>: the memory accesses of each launch, behind a line with its entry.
void profile(const std::string& entry) {
    const char* const file = std::getenv("FAKE_DRIVER_PROFILE");
    if (!file) return;
    std::ofstream(file, std::ios::app) << "entry " << entry << '\n' << emulator_profile();
    emulator_forget();
}
int drain() {
    if (sticky) return sticky;
    while (!queue.empty()) {
        Queued q = std::move(queue.front());
        queue.pop_front();
        std::vector<void*> parameters;
        for (std::vector<char>& value : q.values) parameters.push_back(value.data());
        if (fault("lost") || emulator_launch(q.entry.c_str(), q.grid, q.block, q.shared, parameters.data())) {
            return sticky = refuse(LAUNCH_FAILED, fault("lost") ? "planted" : emulator_error());
        }
        profile(q.entry);
        spoil_memory();
    }
    return 0;
}
} // namespace

#define DRIVER extern "C" __attribute__((visibility("default"))) int

DRIVER cuInit(unsigned flags) {
    if (std::getenv("FAKE_DRIVER_PROFILE") && emulator_set("profile", "on")) return refuse(INVALID_VALUE, emulator_error());
    return fault("nodevice") ? NO_DEVICE : flags ? INVALID_VALUE : 0;
}
DRIVER cuDriverGetVersion(int* version) { return *version = 13000, 0; }
DRIVER cuDeviceGet(int* device, int ordinal) { return *device = 0, ordinal ? INVALID_VALUE : 0; }
DRIVER cuDeviceGetName(char* name, int capacity, int) {
    std::strncpy(name, "the emulator", static_cast<size_t>(capacity));
    return 0;
}
DRIVER cuDeviceGetAttribute(int* value, int attribute, int) {
    const std::map<int, int> known = {{16, 2}, {38, 1 << 16}, {75, 9}, {76, 0}};
    const auto found = known.find(attribute);
    if (found == known.end()) return refuse(INVALID_VALUE, "attribute " + std::to_string(attribute));
    return *value = found->second, 0;
}
DRIVER cuDevicePrimaryCtxRetain(void** context, int) { return *context = &memory, 0; }
DRIVER cuCtxSetCurrent(void* context) { return context == &memory ? 0 : INVALID_VALUE; }

// An image is the text "<kernel>\n".
DRIVER cuModuleLoadData(void** module, const void* image) {
    const std::string text = static_cast<const char*>(image);
    *module = new std::string(text.substr(0, text.find('\n')));
    return 0;
}
DRIVER cuModuleGetFunction(void** function, void* module, const char* name) {
    const std::string& kernel = *static_cast<std::string*>(module);
    if (std::string(name).rfind(kernel, 0) != 0 || emulator_parameters(name, nullptr, 0) < 0) {
        return refuse(NOT_FOUND, std::string(name) + " is not in the image of " + kernel);
    }
    *function = new Function{name};
    return 0;
}
DRIVER cuFuncSetAttribute(void* function, int attribute, int value) {
    if (attribute != 8 || value < 0 || value > static_cast<int>(SHARED_MAX)) return refuse(INVALID_VALUE, "function attribute");
    static_cast<Function*>(function)->shared_allowed = static_cast<unsigned>(value);
    return 0;
}

DRIVER cuMemAlloc_v2(unsigned long long* address, size_t bytes) {
    if (bytes == 0) return refuse(INVALID_VALUE, "allocation of 0 bytes");
    void* const p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return refuse(2, "out of memory");
    if (bytes < 1u << 28) std::memset(p, 0xcd, bytes);
    memory[*address = reinterpret_cast<unsigned long long>(p)] = bytes;
    return 0;
}
DRIVER cuMemFree_v2(unsigned long long address) {
    const auto found = memory.find(address);
    if (found == memory.end()) return refuse(INVALID_VALUE, "free of what was not allocated");
    munmap(reinterpret_cast<void*>(address), found->second);
    memory.erase(found);
    return 0;
}
DRIVER cuMemcpyHtoD_v2(unsigned long long to, const void* from, size_t bytes) {
    if (!inside(to, bytes)) return refuse(INVALID_VALUE, "copy to outside of device memory");
    if (const int status = drain()) return status;
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return 0;
}
DRIVER cuMemcpyDtoH_v2(void* to, unsigned long long from, size_t bytes) {
    if (!inside(from, bytes)) return refuse(INVALID_VALUE, "copy from outside of device memory");
    if (const int status = drain()) return status;
    std::memcpy(to, reinterpret_cast<void*>(from), bytes);
    return 0;
}
DRIVER cuMemcpyDtoD_v2(unsigned long long to, unsigned long long from, size_t bytes) {
    if (!inside(from, bytes)) return refuse(INVALID_VALUE, "copy from outside of device memory");
    return cuMemcpyHtoD_v2(to, reinterpret_cast<const void*>(from), bytes);
}
DRIVER cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from, size_t bytes, void*) {
    return cuMemcpyDtoD_v2(to, from, bytes);
}
DRIVER cuMemsetD8_v2(unsigned long long to, unsigned char value, size_t bytes) {
    if (!inside(to, bytes)) return refuse(INVALID_VALUE, "set outside of device memory");
    if (bytes >= 1u << 28 && value == 0) return 0; // such memory is fresh, and zero takes no room
    std::memset(reinterpret_cast<void*>(to), value, bytes);
    return 0;
}

DRIVER cuStreamCreate(void** stream, unsigned) { return *stream = &queue, 0; }
DRIVER cuStreamQuery(void* stream) {
    if (stream != &queue) return refuse(INVALID_VALUE, "unknown stream");
    if (fault("hang") || !queue.empty()) {
        const int status = fault("hang") ? 0 : drain();
        return status ? status : NOT_READY;
    }
    return sticky;
}
DRIVER cuEventCreate(void** event, unsigned) { return *event = new Event, 0; }
DRIVER cuEventRecord(void* event, void*) {
    const int status = drain();
    static_cast<Event*>(event)->time = std::chrono::steady_clock::now();
    return status;
}
DRIVER cuEventElapsedTime(float* milliseconds, void* start, void* end) {
    using Milliseconds = std::chrono::duration<float, std::milli>;
    *milliseconds = Milliseconds(static_cast<Event*>(end)->time - static_cast<Event*>(start)->time).count();
    return 0;
}

DRIVER cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                      unsigned shared, void* stream, void** parameters, void** extra) {
    const Function& f = *static_cast<Function*>(function);
    if (sticky) return sticky;
    if (stream != &queue || extra || shared > f.shared_allowed) return refuse(INVALID_VALUE, f.entry + ": shared memory not allowed");
    unsigned bytes[64];
    Queued q{f.entry, {gx, gy, gz}, {bx, by, bz}, shared, {}};
    const int count = emulator_parameters(f.entry.c_str(), bytes, 64);
    for (int i = 0; i < count; ++i) {
        const char* const value = static_cast<const char*>(parameters[i]);
        q.values.emplace_back(value, value + bytes[i]);
    }
    queue.push_back(std::move(q));
    return 0;
}
DRIVER cuTensorMapEncodeTiled(CUtensorMap* map, int type, unsigned rank, void* address, const unsigned long long* size,
                              const unsigned long long* stride, const unsigned* box, const unsigned* step, int interleave,
                              int swizzle, int l2_promotion, int fill) {
    unsigned long long last = rank ? size[rank - 1] : 0;
    if (rank > 1) last *= stride[rank - 2];
    if (!inside(reinterpret_cast<unsigned long long>(address), last)) {
        return refuse(INVALID_VALUE, "tensor map of " + std::to_string(last) + " bytes reaches outside of device memory");
    }
    const int status =
        emulator_tensor_map_tiled(map, type, rank, address, size, stride, box, step, interleave, swizzle, l2_promotion, fill);
    return status ? refuse(status, emulator_error()) : 0;
}

DRIVER cuGetErrorName(int, const char** name) { return *name = "CUDA_ERROR_OF_THE_FAKE_DRIVER", 0; }
DRIVER cuGetErrorString(int, const char** text) { return *text = last_error.c_str(), 0; }
