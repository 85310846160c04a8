// A stand-in for libnvtx3interop.so.1: what threads push and pop is logged with the depth of their stacks, and printed where FAKE_NVTX_PRINT
// is in the environment. As in NVIDIA's, both calls return the range's depth, or less than 0.
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

namespace {
std::mutex lock;
std::string text;
thread_local int depth = 0;

void note(const std::string& line) {
    const std::lock_guard<std::mutex> held(lock);
    text += line + "\n";
    if (getenv("FAKE_NVTX_PRINT")) {
        puts(line.c_str());
        fflush(stdout);
    }
}
} // namespace

extern "C" {
int nvtxRangePushA(const char* message) {
    note("push " + std::to_string(depth) + " " + message);
    return depth++;
}
int nvtxRangePop() {
    if (depth == 0) return note("pop of nothing"), -1;
    note("pop " + std::to_string(--depth));
    return depth;
}
// Writes the log's address to *out, where it stays until the next call, and begins a new one.
void fake_nvtx_log(void* out) {
    static std::string taken;
    const std::lock_guard<std::mutex> held(lock);
    taken.swap(text);
    text.clear();
    *static_cast<const char**>(out) = taken.c_str();
}
}
