// The GPU of a bench process: its modules, one piece of memory, events, and the limits that results are held against.
#pragma once
#include "driver.h"
#include <functional>
#include <map>
#include <memory>

struct Times { double median, fastest; };     // microseconds a launch
// Copies are measured in the same run; the others are constants of H100 and H200 (clock.cpp).
struct Limits { double bytes_per_second, tensor_flops, f32_flops; };

class Clock {
public:
    static void open(const std::string& library, const std::string& images);
    static Clock& get();
    const Driver& driver() const { return driver_; }
    CUhandle stream() const { return stream_; }
    const Module& module(const std::string& kernel);
    // Memory of at least that size; what was there before is gone.
    CUdeviceptr arena(size_t bytes);
    size_t l2_bytes() const;
    const Limits& limits();
    // Times batches of launches between two events, after a warm-up.
    Times measure(const std::string& what, double seconds, const std::function<void()>& launch);

private:
    Clock(const std::string& library, const std::string& images);
    double batch(const std::string& what, double seconds, int launches, const std::function<void()>& launch);
    Driver driver_;
    std::string images_;
    CUhandle stream_, start_ = nullptr, end_ = nullptr;
    std::map<std::string, std::unique_ptr<Module>> modules_;
    CUdeviceptr arena_ = 0;
    size_t arena_bytes_ = 0;
    Limits limits_{};
};
