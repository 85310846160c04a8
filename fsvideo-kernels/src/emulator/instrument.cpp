// The callbacks that -fsanitize=thread puts before every memory access of a kernel.
#include "race.h"

namespace {
inline void touch(const void* p, unsigned bytes, bool write, const void* place) {
    if (emulator::watching()) emulator::profile_access(p, bytes, write, place);
}
} // namespace

#define TOUCH(bytes, write) touch(p, bytes, write, __builtin_return_address(0))
#define CALLBACKS(n)                                            \
    void __tsan_read##n(void* p) { TOUCH(n, false); }           \
    void __tsan_write##n(void* p) { TOUCH(n, true); }           \
    void __tsan_unaligned_read##n(void* p) { TOUCH(n, false); } \
    void __tsan_unaligned_write##n(void* p) { TOUCH(n, true); }

extern "C" {
CALLBACKS(1)
CALLBACKS(2)
CALLBACKS(4)
CALLBACKS(8)
CALLBACKS(16)
void __tsan_read_range(void* p, unsigned long bytes) { TOUCH(static_cast<unsigned>(bytes), false); }
void __tsan_write_range(void* p, unsigned long bytes) { TOUCH(static_cast<unsigned>(bytes), true); }
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
unsigned char __tsan_atomic8_load(const volatile unsigned char* p, int) { return *p; }
}
