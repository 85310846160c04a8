// bench [--driver libcuda.so.1] [--images folder] [--size model|tiny] [kernel]...: one JSON line a case.
#include "bench.h"
#include "clock.h"
#include "supervisor.h"
#include <set>

namespace {
bool& tiny_sizes() {
    static bool chosen = false;
    return chosen;
}

bool run_bench(const Test& bench) {
    try {
        bench.body();
        return true;
    } catch (const TestFailure& failure) {
        std::printf("FAIL 0 %s | %s\n", bench.name, failure.what());
        std::fflush(stdout);
        return false;
    }
}
} // namespace

bool tiny() { return tiny_sizes(); }

const Sizes14B& model() {
    static const Sizes14B whole{{1860, 7440}, 5120, 40, 13824, 40}, small{{33}, 256, 2, 328, 5};
    return tiny() ? small : whole;
}

int main(int count, char** arguments) {
    std::string driver = "libcuda.so.1", images = "target/native/gpu/images";
    std::set<std::string> only;
    for (int i = 1; i < count; ++i) {
        const std::string word = arguments[i], next = i + 1 < count ? arguments[i + 1] : "";
        if (word == "--driver") driver = next, ++i;
        else if (word == "--images") images = next, ++i;
        else if (word == "--size") tiny_sizes() = next == "tiny", ++i;
        else only.insert(word);
    }
    std::vector<const Test*> benches;
    for (const Test& bench : all_tests()) {
        if (only.empty() || only.count(bench.name)) benches.push_back(&bench);
    }
    return supervise(benches, [=] { Clock::open(driver, images); }, run_bench);
}
