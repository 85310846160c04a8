#include "bench.h"
#include "clock.h"
#include <algorithm>
#include <map>
#include <memory>

namespace {
constexpr double DEVICE_SECONDS = 20;
constexpr size_t POISON = 0xff;

std::vector<char> random_block(size_t element) {
    const size_t bytes = tiny() ? 1u << 14 : 1u << 22;
    std::vector<char> block(bytes);
    Random random(element);
    for (size_t i = 0; i < bytes; i += element) {
        if (element == 1) block[i] = static_cast<char>(random.bits() & 0xb7); // E4M3 below 256, no NaN
        if (element == 2) {
            const bf16 v = __float2bfloat16_rn(static_cast<float>(random.normal()));
            std::memcpy(&block[i], &v, 2);
        }
        if (element == 4) {
            const float v = static_cast<float>(random.normal());
            std::memcpy(&block[i], &v, 4);
        }
    }
    return block;
}
} // namespace

CUtensorMap device_map(void* data, int type, unsigned element_bytes, const MapShape& shape) {
    CUtensorMap map;
    unsigned long long stride[5], bytes = element_bytes;
    const unsigned step[5] = {1, 1, 1, 1, 1};
    for (size_t i = 0; i + 1 < shape.size.size(); ++i) stride[i] = bytes *= shape.size[i];
    const Clock& clock = Clock::get();
    clock.driver().check(clock.driver().tensor_map(&map, type, static_cast<unsigned>(shape.size.size()), data, shape.size.data(),
                                                   stride, shape.box.data(), step, 0, CU_TENSOR_MAP_SWIZZLE_128B, 0, 0),
                         "cuTensorMapEncodeTiled");
    return map;
}

void Case::fill(const Part& part, CUdeviceptr to) const {
    const Driver& driver = Clock::get().driver();
    if (part.content == Content::NONE) return driver.check(driver.memory_set(to, POISON, part.bytes), "cuMemsetD8");
    if (part.content == Content::VALUES) {
        return driver.check(driver.copy_to_device(to, part.values.data(), part.bytes), "cuMemcpyHtoD");
    }
    static std::map<size_t, std::vector<char>> random;
    std::vector<char>& block = random[part.element];
    if (block.empty()) block = random_block(part.element);
    size_t done = std::min(block.size(), part.bytes);
    driver.check(driver.copy_to_device(to, block.data(), done), "cuMemcpyHtoD");
    for (size_t next; done < part.bytes; done += next) {
        next = std::min(done, part.bytes - done);
        driver.check(driver.copy_on_device(to + done, to, next), "cuMemcpyDtoD");
    }
}

std::vector<Place> Case::places() {
    Clock& clock = Clock::get();
    const size_t enough = 4 * clock.l2_bytes(), copies = std::min<size_t>(64, std::max<size_t>(1, blocks(enough, bytes_of_set_)));
    const CUdeviceptr base = clock.arena(copies * bytes_of_set_);
    std::vector<Place> all;
    for (size_t i = 0; i < copies; ++i) {
        all.push_back({base, bytes_of_set_, i});
        for (const Part& part : parts_) fill(part, base + i * bytes_of_set_ + part.offset);
    }
    first_ = all[0];
    return all;
}

void Case::run(const char* entry, Dim grid, Dim block, unsigned shared_bytes, const std::vector<size_t>& bytes,
               std::vector<std::vector<void*>>& sets) {
    unsigned wanted[64];
    const int count = emulator_parameters(entry, wanted, 64);
    if (count != static_cast<int>(bytes.size())) throw TestFailure(text("%s: takes %d parameters, got %zu", entry, count, bytes.size()));
    for (size_t i = 0; i < bytes.size(); ++i) {
        if (wanted[i] != bytes[i]) throw TestFailure(text("%s: parameter %zu has %u bytes, got %zu", entry, i, wanted[i], bytes[i]));
    }
    Clock& clock = Clock::get();
    const Driver& driver = clock.driver();
    const CUhandle function = clock.module(kernel_).entry(entry, shared_bytes);
    size_t turn = 0;
    const Times times = clock.measure(entry, DEVICE_SECONDS, [&] {
        driver.check(driver.launch_kernel(function, grid.v[0], grid.v[1], grid.v[2], block.v[0], block.v[1], block.v[2],
                                          shared_bytes, clock.stream(), sets[turn++ % sets.size()].data(), nullptr),
                     entry);
    });
    check_outputs(entry);
    print(entry, times.median, times.fastest);
}

// An argument in the wrong place shows as an output that was not written everywhere.
void Case::check_outputs(const std::string& entry) const {
    const Driver& driver = Clock::get().driver();
    for (const Part& part : parts_) {
        if (part.content != Content::NONE) continue;
        const size_t last = std::min<size_t>(part.bytes, 1u << 20);
        std::vector<unsigned char> bytes(last);
        const CUdeviceptr from = first_.base + part.offset + part.bytes - last;
        driver.check(driver.copy_to_host(bytes.data(), from, last), "cuMemcpyDtoH");
        for (size_t i = 0; i + part.element <= last; i += part.element) {
            if (std::all_of(&bytes[i], &bytes[i] + part.element, [](unsigned char b) { return b == POISON; }) && part.element > 1) {
                throw TestFailure(text("%s %s: the output at byte %zu was not written", entry.c_str(), shape_.c_str(),
                                       part.offset + part.bytes - last + i));
            }
        }
    }
}

double Case::traffic() const {
    if (bytes_ > 0) return bytes_;
    double sum = 0;
    for (const Part& part : parts_) sum += double(part.bytes);
    return sum;
}

void Case::print(const std::string& entry, double microseconds, double fastest) const {
    const Limits& limits = Clock::get().limits();
    const double memory = traffic() / limits.bytes_per_second, tensor = tensor_flops_ / limits.tensor_flops,
                 f32 = f32_flops_ / limits.f32_flops, limit = 1e6 * std::max({memory, tensor, f32});
    const char* const bound = memory * 1e6 >= limit ? "memory" : tensor * 1e6 >= limit ? "tensor" : "f32";
    std::printf("{\"kernel\": \"%s\", \"entry\": \"%s\", \"shape\": \"%s\", \"us\": %.2f, \"fastest_us\": %.2f, \"gbs\": %.1f, "
                "\"tflops\": %.2f, \"bound\": \"%s\", \"limit_us\": %.2f, \"percent\": %.1f}\n",
                kernel_.c_str(), entry.c_str(), shape_.c_str(), microseconds, fastest, traffic() / microseconds * 1e-3,
                std::max(tensor_flops_, f32_flops_) / microseconds * 1e-6, bound, limit, 100 * limit / microseconds);
    std::fflush(stdout);
}
