// Runs the tests of one kernel and prints a line for each: "ok <ms> <name>" or "FAIL <ms> <name> | <why>".
#include "test.h"
#include <cstdarg>
#include <ctime>

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

void launch_checked(const char* kernel, Dim grid, Dim block, unsigned shared_bytes, void** parameters,
                    const unsigned* bytes, int count) {
    unsigned wanted[64];
    const int parameters_of_kernel = emulator_parameters(kernel, wanted, 64);
    if (parameters_of_kernel < 0) throw TestFailure(text("%s: no such kernel", kernel));
    if (parameters_of_kernel != count) {
        throw TestFailure(text("%s: takes %d parameters, got %d", kernel, parameters_of_kernel, count));
    }
    for (int i = 0; i < count; ++i) {
        if (wanted[i] != bytes[i]) {
            throw TestFailure(text("%s: parameter %d has %u bytes, got %u", kernel, i, wanted[i], bytes[i]));
        }
    }
    if (emulator_launch(kernel, grid.v, block.v, shared_bytes, parameters)) throw TestFailure(emulator_error());
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

static void expect_same_size(const std::string& what, size_t actual, size_t expected) {
    if (actual != expected) throw TestFailure(text("%s: %zu values, expected %zu", what.c_str(), actual, expected));
}

void expect_close_values(const std::string& what, const std::vector<double>& actual,
                         const std::vector<double>& expected, Tolerance t) {
    expect_same_size(what, actual.size(), expected.size());
    size_t wrong = 0, first = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        if (actual[i] == expected[i]) continue;
        if (std::abs(actual[i] - expected[i]) <= t.absolute + t.relative * std::abs(expected[i])) continue;
        if (wrong++ == 0) first = i;
    }
    if (wrong) {
        throw TestFailure(text("%s: %zu of %zu wrong, first [%zu]: expected %.9g, got %.9g", what.c_str(), wrong,
                               expected.size(), first, expected[first], actual[first]));
    }
}

void expect_norm_values(const std::string& what, const std::vector<double>& actual,
                        const std::vector<double>& expected, double bound) {
    expect_same_size(what, actual.size(), expected.size());
    double error = 0, norm = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        norm += expected[i] * expected[i];
    }
    const double relative = std::sqrt(error / norm);
    if (!(relative <= bound)) {
        throw TestFailure(text("%s: relative error %.3g, must be at most %.3g", what.c_str(), relative, bound));
    }
}

void expect_row_norm_values(const std::string& what, const std::vector<double>& actual,
                            const std::vector<double>& expected, size_t dim, double bound) {
    expect_same_size(what, actual.size(), expected.size());
    for (size_t row = 0; row < expected.size(); row += dim) {
        double error = 0, norm = 0;
        for (size_t i = row; i < row + dim; ++i) {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        if (!(std::sqrt(error) <= bound * std::sqrt(norm))) {
            throw TestFailure(text("%s: row %zu: error %.3g of norm %.3g, must be at most %.3g of it", what.c_str(),
                                   row / dim, std::sqrt(error), std::sqrt(norm), bound));
        }
    }
}

namespace {
struct Mode { const char *schedule, *delivery, *seed; };

void set(const char* option, const char* value) {
    if (emulator_set(option, value)) throw TestFailure(emulator_error());
}

std::string outcome(const Test& test, const Mode& mode, bool race) {
    const std::string place = text("%s/%s: ", mode.schedule, mode.delivery);
    try {
        set("schedule", mode.schedule);
        set("delivery", mode.delivery);
        set("seed", mode.seed);
        emulator_forget();
        test.body();
        if (race && emulator_races()) return place + text("%d races\n", emulator_races()) + emulator_race_reports();
        return "";
    } catch (const TestFailure& failure) {
        return place + failure.what();
    }
}

std::vector<Mode> modes_of(const std::string& mode) {
    if (mode == "plain") {
        return {{"forward", "early", "1"}, {"forward", "late", "1"}, {"skew", "early", "2"}, {"skew", "late", "3"}};
    }
    if (mode == "asan") return {{"random", "random", "5"}};
    if (mode == "race" || mode == "profile") return {{"forward", "early", "1"}};
    throw TestFailure("--mode must be plain, asan, race or profile, got " + mode);
}

std::string first_failure(const Test& test, const std::string& mode) {
    for (const Mode& m : modes_of(mode)) {
        const std::string failure = outcome(test, m, mode == "race");
        if (!failure.empty()) return failure;
    }
    return "";
}

double milliseconds() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}
} // namespace

int main(int count, char** arguments) {
    std::string mode = "plain", only;
    for (int i = 1; i < count; ++i) {
        if (std::string(arguments[i]) == "--mode" && i + 1 < count) mode = arguments[++i];
        else only = arguments[i];
    }
    int failures = 0;
    if (mode == "race") set("race", "on");
    if (mode == "profile") set("profile", "on");
    for (const Test& test : all_tests()) {
        if (!only.empty() && only != test.name) continue;
        const double start = milliseconds();
        std::string failure = first_failure(test, mode);
        for (char& c : failure) c = c == '\n' ? ';' : c;
        failures += !failure.empty();
        std::printf("%s %.0f %s%s%s\n", failure.empty() ? "ok" : "FAIL", milliseconds() - start, test.name,
                    failure.empty() ? "" : " | ", failure.c_str());
        if (mode == "profile") std::printf("%s", emulator_profile());
        std::fflush(stdout);
    }
    return failures != 0;
}

// Memory of a failed fiber is left behind on purpose.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
