/*
 * A CUDA driver whose device is the emulator: what the backend uses of libcuda.so.1, so that the real bindings run without a GPU.
 * Handles are checked, the context must be current, and a context must be empty when it is released.
 *
 * cuCtxSetLimit(REFUSE + call, code) makes the next such call return code. In the environment: FAKE_CUDA_VERSION,
 * FAKE_CUDA_MAJOR, FAKE_CUDA_BYTES (of the driver, the device, its memory); FAKE_CUDA_INIT, FAKE_CUDA_LOAD (codes);
 * FAKE_CUDA_IDLE=1 (launches do nothing).
 *
 * fake_cuda_listen(f) lets f hear of every launch, event record and wait, each one line, when it is queued; null ends that.
 */
#include "emulator.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace {
using u64 = unsigned long long;
using Work = std::function<int()>;

enum Code { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101, INVALID_IMAGE = 200, INVALID_CONTEXT = 201,
            NO_BINARY = 209, INVALID_HANDLE = 400, NOT_FOUND = 500, LAUNCH_FAILED = 719, CAPTURE_UNSUPPORTED = 900 };
enum Call { LAUNCH, ALLOCATE, LOAD, SYNCHRONIZE, ENCODE, CALLS };
constexpr int REFUSE = 0x7000;

struct Stream { bool capturing = false; std::vector<Work> work; };
struct Event { u64 time = 0; };
struct Graph { std::vector<Work> work; };
struct Module {};
struct Function { std::string name; int shared = 48 << 10; };
struct Pool { u64 threshold = 0; };

struct Context {
    std::set<void*> live;            // every handle made and not destroyed
    std::map<u64, u64> memory;       // device blocks
    std::map<void*, void*> pinned;
    u64 used = 0;
    int sticky = 0;                  // once lost, every call says so
};

std::recursive_mutex api;            // ranks call from threads of their own
#define LOCKED const std::lock_guard<std::recursive_mutex> held(api)

Context* primary = nullptr;
int retained = 0;
thread_local Context* current = nullptr;
int refusals[CALLS];
std::atomic<void (*)(const char*)> listener{nullptr};

void tell(const char* what, const std::string& name, const void* stream) {
    char line[200];
    snprintf(line, sizeof line, "%s %s stream %p", what, name.c_str(), stream);
    if (void (*hears)(const char*) = listener) hears(line);
}

std::string name_of(const void* handle) {
    char text[32];
    snprintf(text, sizeof text, "%p", handle);
    return text;
}

u64 setting(const char* name, u64 otherwise) {
    const char* text = getenv(name);
    return text ? strtoull(text, nullptr, 10) : otherwise;
}

int state() { return !primary || current != primary ? INVALID_CONTEXT : primary->sticky; }

int fail(int code) {
    if (code >= 700 && code < 900) primary->sticky = code;
    return code;
}

int refused(Call call) {
    const int code = refusals[call];
    refusals[call] = 0;
    return code ? fail(code) : 0;
}

template <class T> int make(T** out) {
    if (int code = state()) return code;
    *out = new T();
    primary->live.insert(*out);
    return SUCCESS;
}

bool alive(void* handle) { return primary->live.count(handle) == 1; }

template <class T> int destroy(T* handle) {
    if (int code = state()) return code;
    if (!primary->live.erase(handle)) return INVALID_HANDLE;
    delete handle;
    return SUCCESS;
}

int queue(Stream* stream, Work work) {
    if (int code = state()) return code;
    if (!alive(stream)) return INVALID_HANDLE;
    if (stream->capturing) {
        stream->work.push_back(work);
        return SUCCESS;
    }
    return work();
}

int run(const std::string& name, const unsigned grid[3], const unsigned block[3], unsigned shared, void** parameters) {
    if (emulator_launch(name.c_str(), grid, block, shared, parameters) == 0) return SUCCESS;
    fprintf(stderr, "%s\n", emulator_error());
    primary->sticky = LAUNCH_FAILED; // as on a device: the launch is queued, a later call fails
    return SUCCESS;
}
} // namespace

extern "C" {
void fake_cuda_listen(void (*hears)(const char*)) { listener = hears; }

int cuInit(unsigned flags) { LOCKED; return flags ? INVALID_VALUE : static_cast<int>(setting("FAKE_CUDA_INIT", 0)); }
int cuDriverGetVersion(int* version) { LOCKED; return *version = static_cast<int>(setting("FAKE_CUDA_VERSION", 13000)), SUCCESS; }
int cuDeviceGetCount(int* count) { LOCKED; return *count = 1, SUCCESS; }
int cuDeviceGet(int* device, int ordinal) { LOCKED; return ordinal ? INVALID_DEVICE : (*device = 0, SUCCESS); }
int cuDeviceGetName(char* name, int length, int) { LOCKED; return strncpy(name, "emulated device", length), SUCCESS; }
int cuDeviceTotalMem_v2(size_t* bytes, int) { LOCKED; return *bytes = setting("FAKE_CUDA_BYTES", 4ull << 30), SUCCESS; }

int cuDeviceGetAttribute(int* value, int attribute, int) { LOCKED;
    switch (attribute) {
    case 75: return *value = static_cast<int>(setting("FAKE_CUDA_MAJOR", 9)), SUCCESS;
    case 76: return *value = 0, SUCCESS;
    case 16: return *value = 2, SUCCESS;
    case 97: return *value = 232448, SUCCESS;
    default: return INVALID_VALUE;
    }
}

int cuGetErrorName(int code, const char** text) { LOCKED;
    static const std::map<int, const char*> names = {
        {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"}, {100, "CUDA_ERROR_NO_DEVICE"},
        {200, "CUDA_ERROR_INVALID_IMAGE"}, {201, "CUDA_ERROR_INVALID_CONTEXT"}, {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
        {400, "CUDA_ERROR_INVALID_HANDLE"}, {500, "CUDA_ERROR_NOT_FOUND"}, {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
        {719, "CUDA_ERROR_LAUNCH_FAILED"}};
    const auto found = names.find(code);
    return found == names.end() ? INVALID_VALUE : (*text = found->second, SUCCESS);
}
int cuGetErrorString(int code, const char** text) { LOCKED; return *text = code ? "explained" : "no error", SUCCESS; }

int cuDevicePrimaryCtxRetain(Context** context, int) { LOCKED;
    if (retained++ == 0) primary = new Context();
    return *context = primary, SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) { LOCKED;
    if (retained == 0) return INVALID_CONTEXT;
    if (--retained) return SUCCESS;
    const bool empty = primary->live.empty() && primary->memory.empty() && primary->pinned.empty();
    const bool clean = empty || primary->sticky;
    for (auto& block : primary->memory) free(reinterpret_cast<void*>(block.first));
    delete primary;
    primary = nullptr;
    return clean ? SUCCESS : INVALID_VALUE;
}
int cuCtxSetCurrent(Context* context) { LOCKED; return context != primary ? INVALID_CONTEXT : (current = context, SUCCESS); }
int cuCtxSetLimit(int limit, size_t value) { LOCKED;
    if (limit < REFUSE || limit >= REFUSE + CALLS) return INVALID_VALUE;
    return refusals[limit - REFUSE] = static_cast<int>(value), SUCCESS;
}

int cuMemPoolCreate(Pool** pool, const void* properties) { LOCKED;
    const int* words = static_cast<const int*>(properties);
    if (words[0] != 1 || words[1] != 0 || words[2] != 1 || words[3] != 0) return INVALID_VALUE;
    for (int i = 4; i < 22; ++i) {
        if (words[i]) return INVALID_VALUE; // what follows type, handles and location is reserved
    }
    return make(pool);
}
int cuMemPoolSetAttribute(Pool* pool, int attribute, void* value) { LOCKED;
    if (!alive(pool) || attribute != 4) return INVALID_VALUE;
    return pool->threshold = *static_cast<u64*>(value), SUCCESS;
}
int cuMemPoolTrimTo(Pool* pool, size_t) { LOCKED; return alive(pool) ? state() : INVALID_HANDLE; }
int cuMemPoolDestroy(Pool* pool) { LOCKED; return destroy(pool); }
int cuMemAllocFromPoolAsync(u64* address, size_t bytes, Pool* pool, Stream* stream) { LOCKED;
    if (int code = state()) return code;
    if (!alive(pool) || !alive(stream)) return INVALID_HANDLE;
    if (int code = refused(ALLOCATE)) return code;
    if (bytes > setting("FAKE_CUDA_BYTES", 4ull << 30) - primary->used) return OUT_OF_MEMORY;
    void* block = aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset(block, 0xff, bytes);
    primary->memory[*address = reinterpret_cast<u64>(block)] = bytes;
    primary->used += bytes;
    return SUCCESS;
}
int cuMemFreeAsync(u64 address, Stream* stream) { LOCKED;
    return queue(stream, [=] {
        const auto block = primary->memory.find(address);
        if (block == primary->memory.end()) return static_cast<int>(INVALID_VALUE);
        primary->used -= block->second;
        primary->memory.erase(block);
        free(reinterpret_cast<void*>(address));
        return static_cast<int>(SUCCESS);
    });
}
int cuMemGetInfo_v2(size_t* free_bytes, size_t* total) { LOCKED;
    if (int code = state()) return code;
    cuDeviceTotalMem_v2(total, 0);
    return *free_bytes = *total - primary->used, SUCCESS;
}
int cuMemAllocHost_v2(void** address, size_t bytes) { LOCKED;
    if (int code = state()) return code;
    *address = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    return primary->pinned[*address] = *address, SUCCESS;
}
int cuMemFreeHost(void* address) { LOCKED;
    if (int code = state()) return code;
    if (!primary->pinned.erase(address)) return INVALID_VALUE;
    return free(address), SUCCESS;
}

int cuMemcpyHtoDAsync_v2(u64 to, const void* from, size_t bytes, Stream* stream) { LOCKED;
    return queue(stream, [=] { return memcpy(reinterpret_cast<void*>(to), from, bytes), SUCCESS; });
}
int cuMemcpyDtoHAsync_v2(void* to, u64 from, size_t bytes, Stream* stream) { LOCKED;
    return queue(stream, [=] { return memcpy(to, reinterpret_cast<void*>(from), bytes), SUCCESS; });
}
int cuMemcpyDtoDAsync_v2(u64 to, u64 from, size_t bytes, Stream* stream) { LOCKED;
    return cuMemcpyHtoDAsync_v2(to, reinterpret_cast<void*>(from), bytes, stream);
}
int cuMemsetD8Async(u64 address, unsigned char value, size_t bytes, Stream* stream) { LOCKED;
    return queue(stream, [=] { return memset(reinterpret_cast<void*>(address), value, bytes), SUCCESS; });
}

int cuStreamCreate(Stream** stream, unsigned flags) { LOCKED; return flags != 1 ? INVALID_VALUE : make(stream); }
int cuStreamDestroy_v2(Stream* stream) { LOCKED; return destroy(stream); }
int cuStreamSynchronize(Stream* stream) { LOCKED;
    if (int code = state()) return code;
    if (int code = refused(SYNCHRONIZE)) return code;
    return !alive(stream) ? INVALID_HANDLE : stream->capturing ? CAPTURE_UNSUPPORTED : SUCCESS;
}
int cuStreamWaitEvent(Stream* stream, Event* event, unsigned) { LOCKED;
    tell("wait for", name_of(event), stream);
    return alive(event) && alive(stream) ? state() : INVALID_HANDLE;
}
int cuStreamBeginCapture_v2(Stream* stream, int) { LOCKED;
    if (int code = state()) return code;
    return stream->capturing = true, SUCCESS;
}
int cuStreamEndCapture(Stream* stream, Graph** graph) { LOCKED;
    if (int code = make(graph)) return code;
    (*graph)->work.swap(stream->work);
    return stream->capturing = false, SUCCESS;
}
int cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, u64) { LOCKED;
    if (int code = make(executable)) return code;
    return (*executable)->work = graph->work, SUCCESS;
}
int cuGraphDestroy(Graph* graph) { LOCKED; return destroy(graph); }
int cuGraphExecDestroy(Graph* graph) { LOCKED; return destroy(graph); }
int cuGraphLaunch(Graph* graph, Stream* stream) { LOCKED;
    if (!alive(graph)) return INVALID_HANDLE;
    for (auto& work : graph->work) {
        if (int code = queue(stream, work)) return code;
    }
    return SUCCESS;
}

int cuEventCreate(Event** event, unsigned flags) { LOCKED; return flags ? INVALID_VALUE : make(event); }
int cuEventDestroy_v2(Event* event) { LOCKED; return destroy(event); }
int cuEventRecord(Event* event, Stream* stream) { LOCKED;
    static u64 clock;
    tell("record", name_of(event), stream);
    return queue(stream, [=] { return event->time = ++clock, SUCCESS; });
}
int cuEventSynchronize(Event* event) { LOCKED; return alive(event) ? state() : INVALID_HANDLE; }
int cuEventQuery(Event* event) { LOCKED; return alive(event) ? state() : INVALID_HANDLE; }
int cuEventElapsedTime(float* milliseconds, Event* start, Event* end) { LOCKED;
    return *milliseconds = static_cast<float>(end->time - start->time), state();
}

int cuModuleLoadData(Module** module, const void* image) { LOCKED;
    if (int code = state()) return code;
    if (int code = refused(LOAD)) return code;
    if (int code = static_cast<int>(setting("FAKE_CUDA_LOAD", 0))) return code;
    if (*static_cast<const unsigned*>(image) != 0xba55ed50) return INVALID_IMAGE; // a fatbin's first word
    return make(module);
}
int cuModuleUnload(Module* module) { LOCKED; return destroy(module); }
int cuModuleGetFunction(Function** function, Module* module, const char* name) { LOCKED;
    static std::map<std::string, Function> functions;
    unsigned bytes[64];
    if (!alive(module)) return INVALID_HANDLE;
    if (emulator_parameters(name, bytes, 64) < 0) return NOT_FOUND;
    functions[name].name = name;
    return *function = &functions[name], SUCCESS;
}
int cuFuncSetAttribute(Function* function, int attribute, int value) { LOCKED;
    if (attribute != 8 || value > 232448) return INVALID_VALUE;
    return function->shared = value, state();
}
int cuLaunchKernel(Function* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, Stream* stream, void** parameters, void** extra) { LOCKED;
    if (int code = state()) return code;
    if (int code = refused(LAUNCH)) return code;
    if (extra || shared > static_cast<unsigned>(function->shared)) return INVALID_VALUE;
    tell("launch", function->name, stream);
    static const bool idle = setting("FAKE_CUDA_IDLE", 0);
    if (idle) return SUCCESS;
    unsigned bytes[64];
    const int count = emulator_parameters(function->name.c_str(), bytes, 64);
    std::vector<std::vector<char>> values(count);
    for (int i = 0; i < count; ++i) {
        // Tensor maps must be aligned; the copy is what makes the caller's block free again.
        values[i].assign(static_cast<char*>(parameters[i]), static_cast<char*>(parameters[i]) + bytes[i]);
    }
    return queue(stream, [=] {
        const unsigned grid[3] = {gx, gy, gz}, block[3] = {bx, by, bz};
        std::vector<void*> addresses;
        std::vector<void*> copies;
        for (const auto& value : values) {
            copies.push_back(aligned_alloc(128, (value.size() + 127) / 128 * 128));
            memcpy(copies.back(), value.data(), value.size());
            addresses.push_back(copies.back());
        }
        const int code = run(function->name, grid, block, shared, addresses.data());
        for (void* copy : copies) free(copy);
        return code;
    });
}

int cuTensorMapEncodeTiled(void* map, int type, unsigned rank, void* address, const u64* size, const u64* stride,
                           const unsigned* box, const unsigned* step, int interleave, int swizzle, int promotion, int fill) { LOCKED;
    if (refusals[ENCODE]) return refused(ENCODE);
    return emulator_tensor_map_tiled(map, type, rank, address, size, stride, box, step, interleave, swizzle, promotion, fill);
}
}
