#include "shadow.h"
#include <sys/mman.h>
#include <unistd.h>

namespace {
constexpr size_t GUARD = 4096;
constexpr unsigned char CANARY = 0xa5;
} // namespace

Shadow::Shadow(const Driver& driver, const Memory& memory) : driver_(driver), memory_(memory) {
    driver.check(driver.memory_allocate(&allocation_, memory.bytes + 2 * GUARD), "cuMemAlloc");
    driver.check(driver.memory_set(allocation_, CANARY, GUARD), "cuMemsetD8");
    driver.check(driver.memory_set(allocation_ + GUARD + memory.bytes, CANARY, GUARD), "cuMemsetD8");
    if (memory.sparse) driver.check(driver.memory_set(allocation_ + GUARD, 0, memory.bytes), "cuMemsetD8");
}

Shadow::~Shadow() { driver_.memory_free(allocation_); }

CUdeviceptr Shadow::at(const void* host) const {
    return allocation_ + GUARD + static_cast<CUdeviceptr>(static_cast<const char*>(host) - memory_.start);
}

std::vector<Shadow::Piece> Shadow::pieces() const {
    if (!memory_.sparse) return {{0, memory_.bytes}};
    const size_t page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> resident((memory_.bytes + page_bytes - 1) / page_bytes);
    if (mincore(memory_.start, memory_.bytes, resident.data())) throw DeviceError("mincore failed");
    std::vector<Piece> used;
    for (size_t page = 0; page < resident.size(); ++page) {
        if (resident[page] & 1) used.push_back({page * page_bytes, std::min(page_bytes, memory_.bytes - page * page_bytes)});
    }
    return used;
}

std::vector<char> Shadow::host_bytes() const {
    std::vector<char> bytes;
    for (const Piece& p : pieces()) bytes.insert(bytes.end(), memory_.start + p.start, memory_.start + p.start + p.bytes);
    return bytes;
}

void Shadow::upload(const std::vector<char>& bytes) const {
    size_t from = 0;
    for (const Piece& p : pieces()) {
        if (p.bytes) driver_.check(driver_.copy_to_device(at(memory_.start + p.start), &bytes[from], p.bytes), "cuMemcpyHtoD");
        from += p.bytes;
    }
}

std::vector<char> Shadow::download() const {
    std::vector<char> bytes;
    for (const Piece& p : pieces()) {
        bytes.resize(bytes.size() + p.bytes);
        char* const to = bytes.data() + bytes.size() - p.bytes;
        if (p.bytes) driver_.check(driver_.copy_to_host(to, at(memory_.start + p.start), p.bytes), "cuMemcpyDtoH");
    }
    return bytes;
}

void Shadow::to_host(const std::vector<char>& bytes) const {
    size_t from = 0;
    for (const Piece& p : pieces()) {
        std::memcpy(memory_.start + p.start, &bytes[from], p.bytes);
        from += p.bytes;
    }
}

void Shadow::check_guards(const std::string& what) const {
    for (const bool behind : {false, true}) {
        unsigned char guard[GUARD];
        const CUdeviceptr from = behind ? allocation_ + GUARD + memory_.bytes : allocation_;
        driver_.check(driver_.copy_to_host(guard, from, GUARD), what + ": reading a guard zone");
        for (size_t i = 0; i < GUARD; ++i) {
            if (guard[i] == CANARY) continue;
            throw DeviceError(what + ": wrote " + std::to_string(behind ? i + 1 : GUARD - i) + " bytes " +
                              (behind ? "behind the end" : "before the start") + " of a tensor of " +
                              std::to_string(memory_.bytes) + " bytes");
        }
    }
}
