// A stand-in for libnccl.so.2 between threads of one process, whose "device" memory is the host's. Communicators do not block: every call is
// in progress until ncclCommGetAsyncError says otherwise. Collectives run when the last rank has called, in rank order; calls are logged.
// ncclGetErrorString(-1) returns the log and clears it, (-2) lets the next collective hang until it is aborted, (-3) also logs what is queued
// on the driver until the log is returned, (-4) keeps the next rank to join from being seen by the others, (-5) lets the next to join fail,
// (-1000 - 100 * rank - code) lets ncclCommGetAsyncError report the code to that rank, once.
#include "numbers.h"

#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

extern "C" void fake_cuda_listen(void (*hears)(const char*));

namespace {
enum { SUCCESS = 0, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, REMOTE_ERROR = 6, IN_PROGRESS = 7 };
enum { INT8 = 0, UINT8 = 1, INT32 = 2, FLOAT16 = 6, FLOAT32 = 7, BFLOAT16 = 9 };
enum Kind { REDUCE, GATHER, BROADCAST, EXCHANGE };

struct Part { bool sends; const char* source; char* target; size_t bytes; int peer; };
struct Call { Kind kind; const char* source; char* target; size_t count; int type, root; std::vector<Part> parts; };
struct Group {
    int ranks, joined = 0, arrived = 0, left = 0;
    long round = 0;
    bool aborted = false, wrong = false;
    std::vector<Call> calls;
    explicit Group(int n) : ranks(n), calls(n) {}
};
struct Comm { Group* group; int rank; int state; };
struct Config { size_t size; unsigned magic, version; int blocking; };
struct Id { char bytes[128]; };

std::mutex lock;
std::condition_variable changed;
std::map<std::string, Group*> groups;
std::string log_text;
long ids = 0;
int async_rank = 0, async_code = 0;
bool hangs = false, unseen = false, failing = false;
thread_local int depth = 0;
thread_local std::vector<Part> parts;
thread_local Comm* grouped = nullptr;

void note(const char* format, ...) __attribute__((format(printf, 1, 2)));
void note(const char* format, ...) {
    char line[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_text += line;
    log_text += '\n';
}

void hear(const char* line) {
    std::lock_guard<std::mutex> held(lock);
    note("%s", line);
}

size_t width(int type) { return type == FLOAT32 || type == INT32 ? 4 : type == FLOAT16 || type == BFLOAT16 ? 2 : 1; }

void reduce(Group& g) {
    const Call& first = g.calls[0];
    for (size_t i = 0; i < first.count; ++i) {
        float total = 0;
        for (int r = 0; r < g.ranks; ++r) {
            const float value = load_number(g.calls[r].source, i, first.type == FLOAT32);
            total = r == 0 ? value : total + value;
        }
        for (int r = 0; r < g.ranks; ++r) store_number(g.calls[r].target, i, first.type == FLOAT32, total);
    }
}

bool exchange(Group& g) {
    for (int r = 0; r < g.ranks; ++r)
        for (const Part& receive : g.calls[r].parts) {
            if (receive.sends) continue;
            const Part* match = nullptr;
            for (const Part& send : g.calls[receive.peer].parts)
                if (send.sends && send.peer == r) match = &send;
            if (!match || match->bytes != receive.bytes) return false;
            memmove(receive.target, match->source, receive.bytes);
        }
    return true;
}

bool run(Group& g) {
    const Call& first = g.calls[0];
    for (const Call& c : g.calls)
        if (c.kind != first.kind || c.count != first.count || c.type != first.type || c.root != first.root) return false;
    size_t bytes = first.count * width(first.type);
    if (first.kind == EXCHANGE) return exchange(g);
    if (first.kind == REDUCE) {
        if (first.type != FLOAT32 && first.type != BFLOAT16) return false;
        reduce(g);
    }
    for (int r = 0; r < g.ranks; ++r) {
        if (first.kind == GATHER)
            for (int p = 0; p < g.ranks; ++p) memcpy(g.calls[r].target + p * bytes, g.calls[p].source, bytes);
        if (first.kind == BROADCAST) memmove(g.calls[r].target, g.calls[first.root].source, bytes);
    }
    return true;
}

int meet(Comm* comm, const Call& call, std::unique_lock<std::mutex>& held) {
    Group& g = *comm->group;
    if (g.aborted) return REMOTE_ERROR;
    g.calls[comm->rank] = call;
    const long round = g.round;
    if (++g.arrived == g.ranks) {
        if (hangs) {
            hangs = false;
            changed.wait(held, [&] { return g.aborted; });
            return REMOTE_ERROR;
        }
        g.wrong = !run(g);
        g.arrived = 0;
        ++g.round;
        changed.notify_all();
    } else {
        changed.wait(held, [&] { return g.round != round || g.aborted; });
        if (g.round == round) return REMOTE_ERROR;
    }
    return g.wrong ? INVALID_ARGUMENT : SUCCESS;
}

int start(Comm* comm, const Call& call) {
    std::lock_guard<std::mutex> held(lock);
    if (comm->state) return INVALID_USAGE;
    comm->state = IN_PROGRESS;
    std::thread([comm, call] {
        std::unique_lock<std::mutex> running(lock);
        const int code = meet(comm, call, running);
        comm->state = code;
        changed.notify_all();
    }).detach();
    return IN_PROGRESS;
}
} // namespace

extern "C" {
int ncclGetVersion(int* version) { *version = 22900; return SUCCESS; }
int ncclGetUniqueId(Id* id) {
    std::lock_guard<std::mutex> held(lock);
    memset(id->bytes, 0, sizeof id->bytes);
    snprintf(id->bytes, sizeof id->bytes, "group %ld", ++ids);
    id->bytes[127] = 42;
    note("ncclGetUniqueId");
    return SUCCESS;
}
int ncclCommInitRankConfig(Comm** comm, int ranks, Id id, int rank, const Config* config) {
    std::lock_guard<std::mutex> held(lock);
    if (id.bytes[127] != 42 || rank < 0 || rank >= ranks) return INVALID_ARGUMENT;
    if (config->size < 20 || config->magic != 0xcafebeef || config->version < 21400 || config->blocking) return INVALID_ARGUMENT;
    note("ncclCommInitRankConfig rank %d of %d", rank, ranks);
    if (failing) {
        failing = false;
        return SYSTEM_ERROR;
    }
    Group*& group = groups[id.bytes];
    if (!group) group = new Group(ranks);
    group->joined += !unseen;
    unseen = false;
    *comm = new Comm{group, rank, SUCCESS};
    return IN_PROGRESS;
}
int ncclAllReduce(const void* source, void* target, size_t count, int type, int op, Comm* comm, void* stream) {
    { std::lock_guard<std::mutex> held(lock);
      note("ncclAllReduce rank %d count %zu type %d op %d in place %d stream %p", comm->rank, count, type, op,
           source == target, stream); }
    return start(comm, {REDUCE, (const char*)source, (char*)target, count, type, 0, {}});
}
int ncclAllGather(const void* source, void* target, size_t count, int type, Comm* comm, void*) {
    { std::lock_guard<std::mutex> held(lock); note("ncclAllGather rank %d count %zu type %d", comm->rank, count, type); }
    return start(comm, {GATHER, (const char*)source, (char*)target, count, type, 0, {}});
}
int ncclBroadcast(const void* source, void* target, size_t count, int type, int root, Comm* comm, void*) {
    { std::lock_guard<std::mutex> held(lock);
      note("ncclBroadcast rank %d count %zu type %d root %d", comm->rank, count, type, root); }
    return start(comm, {BROADCAST, (const char*)source, (char*)target, count, type, root, {}});
}
int ncclGroupStart() { ++depth; return SUCCESS; }
int ncclSend(const void* source, size_t count, int type, int peer, Comm* comm, void*) {
    if (!depth) return INVALID_ARGUMENT;
    { std::lock_guard<std::mutex> held(lock); note("ncclSend rank %d count %zu type %d to %d", comm->rank, count, type, peer); }
    grouped = comm;
    parts.push_back({true, (const char*)source, nullptr, count * width(type), peer});
    return SUCCESS;
}
int ncclRecv(void* target, size_t count, int type, int peer, Comm* comm, void*) {
    if (!depth) return INVALID_ARGUMENT;
    { std::lock_guard<std::mutex> held(lock); note("ncclRecv rank %d count %zu type %d from %d", comm->rank, count, type, peer); }
    grouped = comm;
    parts.push_back({false, nullptr, (char*)target, count * width(type), peer});
    return SUCCESS;
}
int ncclGroupEnd() {
    if (--depth || !grouped) return SUCCESS;
    Call call{EXCHANGE, nullptr, nullptr, 0, 0, 0, parts};
    Comm* comm = grouped;
    parts.clear();
    grouped = nullptr;
    return start(comm, call);
}
int ncclCommGetAsyncError(Comm* comm, int* code) {
    std::lock_guard<std::mutex> held(lock);
    const Group& g = *comm->group;
    *code = comm->rank == async_rank ? async_code : static_cast<int>(SUCCESS);
    if (*code) async_code = 0;
    else *code = g.aborted ? static_cast<int>(REMOTE_ERROR) : g.joined < g.ranks ? static_cast<int>(IN_PROGRESS) : comm->state;
    return SUCCESS;
}
static int leave(Comm* comm, bool abort) {
    std::unique_lock<std::mutex> held(lock);
    note("%s rank %d", abort ? "ncclCommAbort" : "ncclCommDestroy", comm->rank);
    comm->group->aborted |= abort;
    changed.notify_all();
    changed.wait(held, [&] { return comm->state != IN_PROGRESS; });
    delete comm;
    return SUCCESS;
}
int ncclCommAbort(Comm* comm) { return leave(comm, true); }
int ncclCommDestroy(Comm* comm) { return leave(comm, false); }
const char* ncclGetErrorString(int code) {
    static std::string given;
    std::lock_guard<std::mutex> held(lock);
    hangs |= code == -2;
    unseen |= code == -4;
    failing |= code == -5;
    if (code == -3 || code == -1) fake_cuda_listen(code == -3 ? hear : nullptr);
    if (code <= -1000) {
        async_rank = (-1000 - code) / 100;
        async_code = (-1000 - code) % 100;
    }
    if (code != -1) return "as planted";
    given = log_text;
    log_text.clear();
    return given.c_str();
}
}
