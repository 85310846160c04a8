// Context switches. The x86-64 one saves the six callee-saved registers of the System V convention and nothing else.
#include "fiber.h"
#include <cstdlib>
#include <pthread.h>
#include <sys/mman.h>
#if EMULATOR_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace emulator {
namespace {
constexpr size_t STACK_BYTES = EMULATOR_ASAN ? 512 * 1024 : 128 * 1024;
}
#if !EMULATOR_SLOW_SWITCH
extern "C" void emulator_swap_stack(void** save, void* to);
asm(R"(
.text
.globl emulator_swap_stack
.type emulator_swap_stack,@function
emulator_swap_stack:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret
.size emulator_swap_stack,.-emulator_swap_stack
)");
#endif

void fiber_allocate(FiberContext& f) {
    void* memory = mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) abort();
    f.stack = static_cast<char*>(memory);
    f.stack_bytes = STACK_BYTES;
}

void fiber_prepare(FiberContext& f, void (*entry)()) {
#if EMULATOR_ASAN
    __asan_unpoison_memory_region(f.stack, f.stack_bytes);
#endif
    f.fake_stack = nullptr;
#if EMULATOR_SLOW_SWITCH
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack;
    f.context.uc_stack.ss_size = f.stack_bytes;
    f.context.uc_link = nullptr;
    makecontext(&f.context, entry, 0);
#else
    void** top = reinterpret_cast<void**>(f.stack + f.stack_bytes);
    *--top = nullptr;                         // the stack is 8 bytes off 16 where a function starts
    *--top = reinterpret_cast<void*>(entry);
    for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
    f.stack_pointer = top;
#endif
}

void fiber_entered(FiberContext&) {
#if EMULATOR_ASAN
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

void fiber_adopt_thread(FiberContext& f) {
#if EMULATOR_ASAN
    pthread_attr_t attributes;
    void* lowest = nullptr;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &lowest, &f.stack_bytes);
    pthread_attr_destroy(&attributes);
    f.stack = static_cast<char*>(lowest);
#else
    (void)f;
#endif
}

void fiber_switch(FiberContext& from, FiberContext& to, bool dying) {
#if EMULATOR_ASAN
    __sanitizer_start_switch_fiber(dying ? nullptr : &from.fake_stack, to.stack, to.stack_bytes);
#else
    (void)dying;
#endif
#if EMULATOR_SLOW_SWITCH
    swapcontext(&from.context, &to.context);
#else
    emulator_swap_stack(&from.stack_pointer, to.stack_pointer);
#endif
#if EMULATOR_ASAN
    __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
#endif
}
} // namespace emulator
#if defined(__linux__) && defined(__ELF__)
asm(".section .note.GNU-stack,\"\",@progbits\n.text\n");
#endif
