// wgmma m64nNk16 (bf16) and m64nNk32 (e4m3): descriptors in every swizzle mode and major-ness, asynchronous results.
// Accumulators are known by their address from issue to wait and hold NaN meanwhile.
#include "race.h"
#include "runtime.h"
#include <algorithm>
#include <list>

namespace emulator {
namespace {
struct Descriptor { u32 start, leading, stride; int swizzle; };
struct Accumulators { float* registers[128]; int n, in_flight = 0, last_group = 0; std::vector<float> values; };
struct Operation { Wgmma w; Accumulators* d; int group; std::vector<float> a; };
struct Warpgroup {
    std::deque<Operation> pending;
    std::list<Accumulators> results;
    int group = 0;
    bool fenced = false;
    std::vector<u32> clocks;
};
Warpgroup warpgroups[MAX_THREADS / 128];

int depth(Element e) { return e == Element::BF16 ? 16 : 32; }

Descriptor decode(u64 bits) {
    if (bits >> 49 & 7) fail("wgmma descriptor: a base offset is not supported");
    return {static_cast<u32>(bits & 0x3fff) << 4, static_cast<u32>(bits >> 16 & 0x3fff) << 4,
            static_cast<u32>(bits >> 32 & 0x3fff) << 4, static_cast<int>(bits >> 62)};
}

// visit(row or column, first k, 16 bytes); K-major pieces run along k, others along the rows.
template <class Visit> void each_piece(const Descriptor& d, int rows, bool transposed, Visit visit) {
    static const u32 spans[] = {16, 128, 64, 32};
    const u32 span = spans[d.swizzle];
    if (!transposed) {
        for (int r = 0; r < rows; ++r) {
            for (int half = 0; half < 2; ++half) {
                const u32 column = half * (d.swizzle ? 16 : d.leading);
                const u32 linear = d.start + r / 8 * d.stride + r % 8 * span + column;
                visit(r, half, static_cast<const char*>(shared_pointer(swizzled(linear, d.swizzle), 16)));
            }
        }
        return;
    }
    for (int k = 0; k < 16; ++k) {
        for (int m = 0; m < rows; m += 8) {
            const int per = static_cast<int>(span / 2);
            const u32 linear = d.swizzle ? d.start + m / per * d.leading + m % per * 2 + k % 8 * span + k / 8 * d.stride
                                         : d.start + m / 8 * d.stride + k % 8 * 16 + k / 8 * d.leading;
            visit(m, k, static_cast<const char*>(shared_pointer(swizzled(linear, d.swizzle), 16)));
        }
    }
}

struct E4m3Values {
    float of[256];
    E4m3Values() {
        for (unsigned code = 0; code < 256; ++code) of[code] = e4m3_to_float(static_cast<u8>(code));
    }
};

// The operand as floats [k][rows].
void fetch(u64 bits, int rows, bool transposed, Element element, float* out) {
    static const E4m3Values e4m3;
    each_piece(decode(bits), rows, transposed, [&](int m, int k, const char* piece) {
        if (element == Element::E4M3) {
            for (int i = 0; i < 16; ++i) out[(k * 16 + i) * rows + m] = e4m3.of[static_cast<u8>(piece[i])];
            return;
        }
        u16 values[8];
        std::memcpy(values, piece, 16);
        for (int i = 0; i < 8; ++i) {
            out[transposed ? k * rows + m + i : (k * 8 + i) * rows + m] = bf16_value(values[i]);
        }
    });
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !EMULATOR_ASAN
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3")))
#endif
void multiply(float* __restrict d, const float* __restrict a, const float* __restrict b, int n, int k_count) {
    for (int m = 0; m < 64; ++m) {
        float* row = d + m * n;
        for (int k = 0; k < k_count; ++k) {
            const float factor = a[k * 64 + m];
            const float* column = b + k * n;
            for (int j = 0; j < n; ++j) row[j] += factor * column[j];
        }
    }
}

// Hopper's FP8 sums keep 13 bits behind the leading one and cut off the rest (DeepSeek-V3 report, section 3.3.2).
void cut_off(std::vector<float>& sums) {
    for (float& v : sums) v = __uint_as_float(__float_as_uint(v) & ~0x3ffu);
}

void perform(Operation& o) {
    alignas(64) static float a[32 * 64], b[32 * 256];
    const int k = depth(o.w.element), n = o.w.n;
    if (o.w.a_in_registers) std::copy(o.a.begin(), o.a.end(), a);
    else fetch(o.w.a_desc, 64, o.w.a_transposed, o.w.element, a);
    fetch(o.w.b_desc, n, o.w.b_transposed, o.w.element, b);
    if (!o.w.accumulate) std::fill(o.d->values.begin(), o.d->values.end(), 0.0f);
    multiply(o.d->values.data(), a, b, n, k);
    if (o.w.element == Element::E4M3) cut_off(o.d->values);
    statistics.wgmma_flops += 2ull * 64 * k * n;
    --o.d->in_flight;
}

// visit(thread, register, row, column) of the m64nN accumulator fragment
template <class Visit> void each_accumulator(int n, Visit visit) {
    for (int t = 0; t < 128; ++t) {
        const int warp = t / 32, lane = t % 32;
        for (int j = 0; j < n / 2; ++j) {
            visit(t, j, warp * 16 + lane / 4 + (j & 2 ? 8 : 0), j / 4 * 8 + lane % 4 * 2 + (j & 1));
        }
    }
}

void check_agreement(void* const* members, int index) {
    const Wgmma& first = *static_cast<Wgmma*>(members[0]);
    if (first.n % 8 || first.n < 8 || first.n > 256) fail("wgmma: n %d must be a multiple of 8 up to 256", first.n);
    for (int t = 1; t < 128; ++t) {
        const Wgmma& other = *static_cast<Wgmma*>(members[t]);
        if (other.a_desc != first.a_desc || other.b_desc != first.b_desc || other.n != first.n ||
            other.accumulate != first.accumulate) {
            fail("wgmma: thread %d of warpgroup %d has other descriptors or flags than thread 0", t, index);
        }
    }
    if (!warpgroups[index].fenced) fail("wgmma without wgmma.fence since the last wait");
}

Accumulators& claim(Warpgroup& group, void* const* members) {
    const Wgmma& first = *static_cast<Wgmma*>(members[0]);
    for (Accumulators& a : group.results) {
        if (a.registers[0] != first.d) continue;
        if (a.n != first.n) fail("wgmma: accumulators reused with another shape while in flight");
        return a;
    }
    Accumulators& a = group.results.emplace_back();
    a.n = first.n;
    a.values.resize(64 * static_cast<size_t>(first.n));
    for (int t = 0; t < 128; ++t) a.registers[t] = static_cast<Wgmma*>(members[t])->d;
    each_accumulator(a.n, [&](int t, int j, int row, int column) {
        a.values[static_cast<size_t>(row * a.n + column)] = a.registers[t][j];
        if (options.poison) std::memset(&a.registers[t][j], 0xff, 4);
    });
    return a;
}

std::vector<float> a_fragments(void* const* members) {
    std::vector<float> a(64 * 16);
    for (int t = 0; t < 128; ++t) {
        for (int i = 0; i < 4; ++i) {
            const u32 pair = static_cast<Wgmma*>(members[t])->a[i];
            const int row = t / 32 * 16 + t % 32 / 4 + (i & 1) * 8, k = t % 4 * 2 + (i >> 1) * 8;
            a[static_cast<size_t>(k * 64 + row)] = bf16_value(pair & 0xffff);
            a[static_cast<size_t>((k + 1) * 64 + row)] = bf16_value(pair >> 16);
        }
    }
    return a;
}

void show_reads(const Wgmma& w, int index) {
    if (!options.race) return;
    const int agent = AGENT_WGMMA + index;
    if (!w.a_in_registers) {
        each_piece(decode(w.a_desc), 64, w.a_transposed,
                   [&](int, int, const char* p) { race_access(p, 16, false, agent, "wgmma A"); });
    }
    each_piece(decode(w.b_desc), w.n, w.b_transposed,
               [&](int, int, const char* p) { race_access(p, 16, false, agent, "wgmma B"); });
}

void issue(void* const* members, int index) {
    check_agreement(members, index);
    Warpgroup& group = warpgroups[index];
    const Wgmma& w = *static_cast<Wgmma*>(members[0]);
    Accumulators& d = claim(group, members);
    ++d.in_flight;
    d.last_group = group.group;
    Operation o{w, &d, group.group, w.a_in_registers ? a_fragments(members) : std::vector<float>()};
    show_reads(w, index);
    if (deliver_now() && group.pending.empty()) perform(o);
    else group.pending.push_back(std::move(o));
}

void finish_groups(void* const* members, int index) {
    Warpgroup& group = warpgroups[index];
    const int allowed = *static_cast<int*>(members[0]);
    while (!group.pending.empty() && group.pending.front().group < group.group - allowed) {
        perform(group.pending.front());
        group.pending.pop_front();
    }
    for (auto it = group.results.begin(); it != group.results.end();) {
        if (it->in_flight || it->last_group >= group.group - allowed) {
            ++it;
            continue;
        }
        each_accumulator(it->n, [&](int t, int j, int row, int column) {
            it->registers[t][j] = it->values[static_cast<size_t>(row * it->n + column)];
        });
        it = group.results.erase(it);
    }
    if (allowed == 0) group.fenced = false;
}
} // namespace

void wgmma(Wgmma operation) {
    RACE_HERE();
    race_agent_start(AGENT_WGMMA + static_cast<int>(current->linear) / 128);
    warpgroup_collective("wgmma", issue, &operation);
}

void wgmma_fence() {
    warpgroup_collective("wgmma.fence", [](void* const*, int index) { warpgroups[index].fenced = true; }, nullptr);
}

void wgmma_commit() {
    warpgroup_collective("wgmma.commit_group", [](void* const*, int index) {
        ++warpgroups[index].group;
        warpgroups[index].clocks.push_back(race_agent_clock(AGENT_WGMMA + index));
    }, nullptr);
}

void wgmma_wait(int allowed) {
    warpgroup_collective("wgmma.wait_group", finish_groups, &allowed);
    const int index = static_cast<int>(current->linear) / 128;
    const Warpgroup& group = warpgroups[index];
    if (group.group > allowed) race_agent_join(AGENT_WGMMA + index, group.clocks[group.group - allowed - 1]);
}

void wgmma_reset() {
    for (Warpgroup& group : warpgroups) {
        group.pending.clear();
        group.results.clear();
        group.clocks.clear();
        group.group = 0;
        group.fenced = false;
    }
}

void wgmma_finish() {
    for (const Warpgroup& group : warpgroups) {
        if (!group.results.empty()) fail("a block ended with wgmma results never waited for");
    }
}
} // namespace emulator
