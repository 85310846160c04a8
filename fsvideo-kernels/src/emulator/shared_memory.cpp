// A block's shared memory: the dynamic part first, then static arrays in the order of their first use.
#include "runtime.h"
#include <cstdlib>
#if EMULATOR_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace emulator {
char* shared_memory;

namespace {
struct Site { const void* declaration; u32 offset; };
std::vector<Site> sites;                      // placed in this block
u32 top;

void forbid(u32 offset, u32 bytes) {
#if EMULATOR_ASAN
    __asan_poison_memory_region(shared_memory + offset, bytes);
#else
    (void)offset, (void)bytes;
#endif
}
void allow(u32 offset, u32 bytes) {
#if EMULATOR_ASAN
    __asan_unpoison_memory_region(shared_memory + offset, bytes);
#else
    (void)offset, (void)bytes;
#endif
}
} // namespace

void shared_reset() {
    if (!shared_memory) shared_memory = static_cast<char*>(std::aligned_alloc(1024, SHARED_MAX + 1024));
    sites.clear();
    const u32 used = (block.dynamic_bytes + 7) / 8 * 8;
    top = (block.dynamic_bytes + 127) / 128 * 128;
    allow(0, SHARED_MAX);
    if (options.poison) std::memset(shared_memory, 0xff, used);
    forbid(used, SHARED_MAX - used);
}

void* dynamic_shared() { return shared_memory; }

void* static_shared(const void* declaration, size_t bytes, size_t alignment) {
    for (const Site& site : sites) {
        if (site.declaration == declaration) return shared_memory + site.offset;
    }
    const u32 offset = static_cast<u32>((top + alignment - 1) / alignment * alignment);
    top = offset + static_cast<u32>(bytes);
    if (top > SHARED_MAX) fail("shared memory: %u bytes, the limit is %u", top, SHARED_MAX);
    allow(offset, static_cast<u32>(bytes));
    if (options.poison) std::memset(shared_memory + offset, 0xff, bytes);
    if (EMULATOR_ASAN) top += 32;             // a forbidden gap behind each array
    sites.push_back({declaration, offset});
    return shared_memory + offset;
}

u32 shared_address(const void* pointer) {
    const ptrdiff_t offset = static_cast<const char*>(pointer) - shared_memory;
    if (offset < 0 || offset >= static_cast<ptrdiff_t>(SHARED_MAX)) fail("address %p is not in shared memory", pointer);
    return static_cast<u32>(offset) + SHARED_BASE;
}

void* shared_pointer(u32 address, u32 bytes) {
    if (address < SHARED_BASE || address - SHARED_BASE + bytes > SHARED_MAX) {
        fail("shared address 0x%x (+%u) is out of range", address, bytes);
    }
    char* pointer = shared_memory + (address - SHARED_BASE);
#if EMULATOR_ASAN
    if (__asan_region_is_poisoned(pointer, bytes)) {
        fail("shared address 0x%x (+%u) lies outside what the kernel was given", address, bytes);
    }
#endif
    return pointer;
}

void poison_shared(u32 address, u32 bytes) {
    if (options.poison) std::memset(shared_pointer(address, bytes), 0xff, bytes);
}
} // namespace emulator
