// Inputs and launches of tests.
#include "backend.h"
#include "test.h"
#include <cstdarg>

std::vector<Test>& all_tests() {
    static std::vector<Test> tests;
    return tests;
}

std::string text(const char* format, ...) {
    char buffer[2000];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return buffer;
}

uint64_t Random::bits() { // splitmix64
    uint64_t z = state_ += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

double Random::normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
}

void launch_checked(const Launch& launch) {
    unsigned wanted[64];
    const int count = static_cast<int>(launch.parameters.size());
    const int parameters_of_kernel = emulator_parameters(launch.entry, wanted, 64);
    if (parameters_of_kernel < 0) throw TestFailure(text("%s: no such kernel", launch.entry));
    if (parameters_of_kernel != count) {
        throw TestFailure(text("%s: takes %d parameters, got %d", launch.entry, parameters_of_kernel, count));
    }
    for (int i = 0; i < count; ++i) {
        const Parameter& p = launch.parameters[static_cast<size_t>(i)];
        if (wanted[i] != p.bytes) {
            throw TestFailure(text("%s: parameter %d has %u bytes, got %u", launch.entry, i, wanted[i], p.bytes));
        }
        void* address = nullptr;
        if (p.is_pointer) std::memcpy(&address, p.value, sizeof address);
        if (address && !memory_of(address)) {
            throw TestFailure(text("%s: parameter %d: %p must lie in a Buffer", launch.entry, i, address));
        }
    }
    if (device()) device()->launch(launch);
    else emulate(launch);
}

void emulate(const Launch& launch) {
    std::vector<void*> parameters;
    for (const Parameter& p : launch.parameters) parameters.push_back(p.value);
    if (emulator_launch(launch.entry, launch.grid.v, launch.block.v, launch.shared_bytes, parameters.data())) {
        throw TestFailure(emulator_error());
    }
}

void expect_failure(const char* part, const std::function<void()>& launch) {
    try {
        launch();
    } catch (const TestFailure& failure) {
        if (std::string(failure.what()).find(part) != std::string::npos) return;
        throw TestFailure(text("expected an error with \"%s\", got: %s", part, failure.what()));
    }
    throw TestFailure(text("expected an error with \"%s\", got none", part));
}

CUtensorMap encode_map(void* data, int type, unsigned element_bytes, const MapShape& shape, int swizzle) {
    CUtensorMap map;
    unsigned long long stride[5], bytes = element_bytes;
    const unsigned step[5] = {1, 1, 1, 1, 1};
    for (size_t i = 0; i + 1 < shape.size.size(); ++i) stride[i] = bytes *= shape.size[i];
    if (shape.box.size() != shape.size.size()) throw TestFailure("tensor map: box and size differ in rank");
    if (emulator_tensor_map_tiled(&map, type, static_cast<unsigned>(shape.size.size()), data, shape.size.data(), stride,
                                  shape.box.data(), step, 0, swizzle, 0, 0)) {
        throw TestFailure(emulator_error());
    }
    return map;
}
