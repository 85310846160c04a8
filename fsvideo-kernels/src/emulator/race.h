// Hooks of the race checker and the profiler. They cost one test each unless options.race or options.profile is set.
#pragma once
#include "runtime.h"

namespace emulator {
// Who touches shared memory: the running thread, or an engine that works on its own.
constexpr int SELF = -1, AGENT_WGMMA = 0, AGENT_TMA_STORE = 8, AGENT_TMA_LOAD = 9, AGENT_CP_ASYNC = 128;

extern const void* race_place;                // the kernel's call now in progress
inline bool watching() { return options.race || options.profile; }
#define RACE_HERE() (race_place = __builtin_return_address(0))

void race_reset(int threads);
void race_block_end();
void race_release(u64 object);
void race_acquire(u64 object);
void race_release_agent(u64 object, int agent);
void race_agent_start(int agent);
u32 race_agent_clock(int agent);
void race_agent_join(int agent, u32 clock);
void race_proxy_fence();
void race_access(const void* pointer, u32 bytes, bool write, int agent, const char* what);
const std::string& race_reports();
int race_count();
void race_forget();

void profile_access(const void* pointer, u32 bytes, bool write, const void* place);
void profile_rows(const char* what, const u32* addresses, int count);
void profile_block_end();
std::string profile_table();
void profile_forget();
/** "file:line" of a return address in a kernel, through addr2line. */
std::string source_line(const void* place);
} // namespace emulator
