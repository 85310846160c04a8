#include "backend.h"
#include <map>

namespace {
std::map<const void*, Memory>& shared() {
    static std::map<const void*, Memory> all;
    return all;
}
Device*& registered() {
    static Device* device = nullptr;
    return device;
}
} // namespace

void share_memory(const Memory& memory) { shared()[memory.start] = memory; }

void forget_memory(const void* start) {
    if (device()) device()->forget(start);
    shared().erase(start);
}

const Memory* memory_of(const void* address) {
    auto next = shared().upper_bound(address);
    if (next == shared().begin()) return nullptr;
    const Memory& memory = (--next)->second;
    return static_cast<const char*>(address) <= memory.start + memory.bytes ? &memory : nullptr;
}

Device* device() { return registered(); }
void use_device(Device* device) { registered() = device; }
