// Fibers: a stack each, switched by hand-written code on x86-64 and by ucontext elsewhere.
#pragma once
#include <cstddef>
#if !defined(__x86_64__) || defined(EMULATOR_UCONTEXT)
#include <ucontext.h>
#define EMULATOR_SLOW_SWITCH 1
#else
#define EMULATOR_SLOW_SWITCH 0
#endif
#if defined(__SANITIZE_ADDRESS__)
#define EMULATOR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EMULATOR_ASAN 1
#endif
#endif
#ifndef EMULATOR_ASAN
#define EMULATOR_ASAN 0
#endif

namespace emulator {
struct FiberContext {
    char* stack = nullptr;                    // lowest address; null for the thread that launched
    size_t stack_bytes = 0;
    void* stack_pointer = nullptr;
    void* fake_stack = nullptr;               // AddressSanitizer's
#if EMULATOR_SLOW_SWITCH
    ucontext_t context;
#endif
};
/** Gives the context a stack, once. */
void fiber_allocate(FiberContext& f);
/** Makes the next switch to f call entry, which must never return. */
void fiber_prepare(FiberContext& f, void (*entry)());
/** To be called first on a fiber's own stack. */
void fiber_entered(FiberContext& f);
/** Describes the launching thread's own stack, so that the sanitizer can follow the way back. */
void fiber_adopt_thread(FiberContext& f);
/** Leaves `from`, for ever if it is dying, and continues `to`. */
void fiber_switch(FiberContext& from, FiberContext& to, bool dying);
} // namespace emulator
