#include "supervisor.h"
#include "driver.h"
#include <csignal>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
constexpr int SECONDS_PER_TEST = 60, HANGS_ALLOWED = 2, LOST = 3, HUNG = 4;

struct Progress { volatile int started, finished, failed; }; // shared with the child

void report(const Test& test, const std::string& why) {
    std::printf("FAIL 0 %s | %s\n", test.name, why.c_str());
    std::fflush(stdout);
}

[[noreturn]] void leave(int status) { // without the driver's own ending, which may wait for a lost context
    std::fflush(stdout);
    _exit(status);
}

[[noreturn]] void child(const std::vector<const Test*>& tests, const std::function<void()>& start,
                        bool (*run_test)(const Test&), Progress* progress) {
    try {
        start();
        while (progress->finished < static_cast<int>(tests.size())) {
            const int i = progress->finished;
            progress->started = i + 1;
            const bool passed = run_test(*tests[static_cast<size_t>(i)]);
            if (!passed) progress->failed = progress->failed + 1;
            progress->finished = i + 1;
        }
        leave(0);
    } catch (const NoDevice& none) {
        std::printf("%s\n", none.what());
        leave(SKIPPED);
    } catch (const std::exception& error) {
        if (progress->started == progress->finished) {
            std::printf("FAIL 0 start | %s\n", error.what());
            leave(1);
        }
        report(*tests[static_cast<size_t>(progress->finished)], error.what());
        progress->failed = progress->failed + 1;
        progress->finished = progress->started;
        leave(dynamic_cast<const Hang*>(&error) ? HUNG : LOST);
    }
}

// The child's wait status, or -1 if one test took too long.
int wait_for(pid_t pid, const Progress& progress) {
    int seen = -1, status = 0;
    for (int ticks = 0; ticks < SECONDS_PER_TEST * 100; ++ticks) {
        if (waitpid(pid, &status, WNOHANG) == pid) return status;
        if (progress.started != seen) ticks = 0;
        seen = progress.started;
        usleep(10000);
    }
    kill(pid, SIGKILL);
    for (int ticks = 0; ticks < 1000 && waitpid(pid, &status, WNOHANG) == 0; ++ticks) usleep(10000);
    return -1;
}
} // namespace

int supervise(const std::vector<const Test*>& tests, const std::function<void()>& start, bool (*run_test)(const Test&)) {
    void* const shared = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    Progress* const progress = static_cast<Progress*>(shared);
    const int count = static_cast<int>(tests.size());
    for (int hangs = 0; progress->finished < count;) {
        const pid_t pid = fork();
        if (pid == 0) child(tests, start, run_test, progress);
        const int status = wait_for(pid, *progress);
        const int left = status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (left != -1 && left != LOST && left != HUNG) return left ? left : progress->failed != 0;
        hangs += status == -1 || left == HUNG;
        if (left == -1) {
            const std::string why = status == -1 ? text("did not end within %d s", SECONDS_PER_TEST)
                                                 : text("ended by signal %d", WTERMSIG(status));
            const int running = progress->finished;
            report(*tests[static_cast<size_t>(running)], why);
            progress->failed = progress->failed + 1;
            progress->started = progress->finished = running + 1;
        }
        if (hangs == HANGS_ALLOWED) {
            for (int i = progress->finished; i < count; ++i) report(*tests[static_cast<size_t>(i)], "not run after two hangs");
            return 1;
        }
    }
    return progress->failed != 0;
}
