#include "clock.h"
#include "bench.h"
#include <algorithm>

namespace {
// Products of random BF16 numbers reach 788 TFLOP/s on an H200 (cuBLAS, 8192^3); F32 units: 132 * 256 FLOP * 1.98 GHz.
constexpr double TENSOR_FLOPS = 788e12, F32_FLOPS = 67e12;
constexpr double BATCH_MICROSECONDS = 10000;
constexpr int BATCHES = 9, WARM_UP = 3, LAUNCHES_AT_MOST = 400;
std::unique_ptr<Clock> clock_of_process;
} // namespace

void Clock::open(const std::string& library, const std::string& images) {
    clock_of_process.reset(new Clock(library, images));
}
Clock& Clock::get() { return *clock_of_process; }

Clock::Clock(const std::string& library, const std::string& images)
    : driver_(library), images_(images), stream_(driver_.stream()) {
    driver_.check(driver_.event_create(&start_, 0), "cuEventCreate");
    driver_.check(driver_.event_create(&end_, 0), "cuEventCreate");
}

const Module& Clock::module(const std::string& kernel) {
    std::unique_ptr<Module>& found = modules_[kernel];
    if (!found) found = std::make_unique<Module>(driver_, images_ + "/" + kernel + ".cubin");
    return *found;
}

CUdeviceptr Clock::arena(size_t bytes) {
    if (bytes > arena_bytes_) {
        if (arena_) driver_.check(driver_.memory_free(arena_), "cuMemFree");
        arena_ = 0;
        driver_.check(driver_.memory_allocate(&arena_, bytes), "cuMemAlloc of " + std::to_string(bytes) + " bytes");
        arena_bytes_ = bytes;
    }
    return arena_;
}

size_t Clock::l2_bytes() const { return static_cast<size_t>(driver_.attribute(L2_BYTES)); }

const Limits& Clock::limits() {
    if (limits_.bytes_per_second == 0) {
        const size_t bytes = tiny() ? 1u << 20 : 1ull << 32;
        CUdeviceptr to;
        driver_.check(driver_.memory_allocate(&to, bytes), "cuMemAlloc");
        const Times copy = measure("copy", 20, [&] {
            driver_.check(driver_.copy_on_device_async(to, to + bytes / 2, bytes / 2, stream_), "cuMemcpyDtoDAsync");
        });
        driver_.check(driver_.memory_free(to), "cuMemFree");
        limits_ = {double(bytes) / (copy.median * 1e-6), TENSOR_FLOPS, F32_FLOPS};
    }
    return limits_;
}

double Clock::batch(const std::string& what, double seconds, int launches, const std::function<void()>& launch) {
    driver_.check(driver_.event_record(start_, stream_), what);
    for (int i = 0; i < launches; ++i) launch();
    driver_.check(driver_.event_record(end_, stream_), what);
    driver_.wait(stream_, seconds, what);
    float milliseconds;
    driver_.check(driver_.event_elapsed(&milliseconds, start_, end_), what);
    return double(milliseconds) * 1e3 / launches;
}

Times Clock::measure(const std::string& what, double seconds, const std::function<void()>& launch) {
    const double first = batch(what, seconds, 1, launch);
    if (tiny()) return {first, first};
    const double one = batch(what, seconds, WARM_UP, launch);
    const int launches = std::clamp(static_cast<int>(BATCH_MICROSECONDS / one), 1, LAUNCHES_AT_MOST);
    std::vector<double> times;
    for (int i = 0; i < BATCHES; ++i) times.push_back(batch(what, seconds, launches, launch));
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times[0]};
}
