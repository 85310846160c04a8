// Runs the tests of one kernel and prints a line for each: "ok <ms> <name> <facts>" or "FAIL <ms> <name> | <why>".
#include "backend.h"
#include "test.h"
#include <csignal>
#include <ctime>

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
    if (mode == "race" || mode == "profile" || mode == "gpu") return {{"forward", "early", "1"}};
    throw TestFailure("--mode must be plain, asan, race, profile or gpu, got " + mode);
}

std::unique_ptr<Device> recorder;

std::string first_failure(const Test& test, const std::string& mode) {
    for (const Mode& m : modes_of(mode)) {
        const std::string failure = outcome(test, m, mode == "race");
        if (!failure.empty()) return failure;
        if (recorder) use_device(nullptr); // one run of a test has all its launches
    }
    return "";
}

double milliseconds() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

std::string facts() {
    const double worst = worst_of_tolerance();
    return (worst < 0 ? "" : text(" worst=%.2f", worst)) + (device() ? device()->facts() : "");
}

std::string mode = "plain";
const char* running = "no test"; // for what ends the process

bool run_test(const Test& test) {
    running = test.name;
    const double start = milliseconds();
    if (recorder) use_device(recorder.get());
    std::string failure = first_failure(test, mode);
    for (char& c : failure) c = c == '\n' ? ';' : c;
    const std::string known = facts();
    if (failure.empty()) std::printf("ok %.0f %s%s\n", milliseconds() - start, test.name, known.c_str());
    else std::printf("FAIL %.0f %s | %s\n", milliseconds() - start, test.name, failure.c_str());
    if (mode == "profile") std::printf("%s", emulator_profile());
    std::fflush(stdout);
    return failure.empty();
}
} // namespace

DeviceMain& device_main() {
    static DeviceMain found = nullptr;
    return found;
}

// What ends the process belongs to a test.
static void blame_test(const char* why) {
    std::printf("FAIL 0 %s | %s\n", running, why);
    std::fflush(stdout);
}
extern "C" void __asan_on_error() { blame_test("random/random: AddressSanitizer"); }
extern "C" void crashed(int) {
    blame_test("crashed");
    std::_Exit(1);
}

int main(int count, char** arguments) {
    std::string only;
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = arguments[i];
        if (word.rfind("--", 0) == 0 && i + 1 < count) options[word.substr(2)] = arguments[++i];
        else only = word;
    }
    if (options.count("mode")) mode = options["mode"];
    std::vector<const Test*> tests;
    for (const Test& test : all_tests()) {
        if (only.empty() || only == test.name) tests.push_back(&test);
    }
    if (mode == "gpu") {
        if (!device_main()) throw TestFailure("--mode gpu: this program is built for the emulator; run make gpu");
        return device_main()(options, tests, run_test);
    }
    if (options.count("record")) recorder = record_launches(options["record"]);
    if (mode == "race") set("race", "on");
    if (mode == "profile") set("profile", "on");
    if (mode == "plain") std::signal(SIGSEGV, crashed);
    const int enough = options.count("failures") ? std::atoi(options["failures"].c_str()) : -1;
    int failures = 0;
    for (const Test* test : tests) {
        failures += !run_test(*test);
        if (failures == enough) break;
    }
    recorder.reset();
    return failures != 0;
}

// Memory of a failed fiber is left behind on purpose.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
