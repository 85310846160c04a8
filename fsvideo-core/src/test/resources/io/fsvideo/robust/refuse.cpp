// Preloaded into a process, refuses the n-th allocation of LEAST bytes or more that FFmpeg's libraries make from now on, and only that.
// malloc(ARM + n) sets n, malloc(COUNT) returns how many there were since; both give no memory.
// FFmpeg looks at few smaller ones: it ends the process where it has no room for an option, or leaves out a part of the index. Nor does OpenH264,
// which asks malloc itself, look at what it gets; its memory is left alone.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <link.h>

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

static const size_t ARM = size_t(1) << 60;
static const size_t COUNT = (size_t(1) << 61) - 1;
static const size_t LEAST = 4096;
static const int MOST = 16;

static uintptr_t from[MOST];
static uintptr_t to[MOST];
static int libraries;
static long left;
static long asked;

static int look(dl_phdr_info* info, size_t, void*) {
    const char* name = info->dlpi_name;
    const char* file = name == nullptr ? nullptr : strrchr(name, '/');
    if (file == nullptr || strncmp(file, "/libavutil", 10) != 0) {
        return 0;
    }
    for (int i = 0; i < info->dlpi_phnum && libraries < MOST; i++) {
        const ElfW(Phdr)& part = info->dlpi_phdr[i];
        if (part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0) {
            from[libraries] = info->dlpi_addr + part.p_vaddr;
            to[libraries] = from[libraries] + part.p_memsz;
            libraries++;
        }
    }
    return 0;
}

static bool refuses(const void* caller, size_t bytes) {
    if (bytes < LEAST) {
        return false;
    }
    uintptr_t at = reinterpret_cast<uintptr_t>(caller);
    for (int i = 0; i < libraries; i++) {
        if (at >= from[i] && at < to[i]) {
            __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
            return __atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) == 0;
        }
    }
    return false;
}

extern "C" void* malloc(size_t bytes) {
    if (bytes == COUNT) {
        return reinterpret_cast<void*>(asked);
    }
    if (bytes >= ARM && bytes < COUNT) {
        libraries = 0;
        dl_iterate_phdr(look, nullptr);
        asked = 0;
        left = static_cast<long>(bytes - ARM);
        return nullptr;
    }
    if (refuses(__builtin_return_address(0), bytes)) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_malloc(bytes);
}

extern "C" void* calloc(size_t count, size_t bytes) {
    if (refuses(__builtin_return_address(0), count * bytes)) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_calloc(count, bytes);
}

extern "C" void* realloc(void* block, size_t bytes) {
    if (refuses(__builtin_return_address(0), bytes)) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_realloc(block, bytes);
}

extern "C" int posix_memalign(void** block, size_t alignment, size_t bytes) {
    *block = refuses(__builtin_return_address(0), bytes) ? nullptr : __libc_memalign(alignment, bytes);
    return *block == nullptr ? ENOMEM : 0;
}

extern "C" void* memalign(size_t alignment, size_t bytes) {
    return refuses(__builtin_return_address(0), bytes) ? nullptr : __libc_memalign(alignment, bytes);
}

extern "C" void* aligned_alloc(size_t alignment, size_t bytes) {
    return refuses(__builtin_return_address(0), bytes) ? nullptr : __libc_memalign(alignment, bytes);
}
