// The device's copy of a Buffer, between two guard zones.
#pragma once
#include "driver.h"
#include "launch.h"
#include <vector>

class Shadow {
public:
    Shadow(const Driver& driver, const Memory& memory);
    Shadow(const Shadow&) = delete;
    Shadow& operator=(const Shadow&) = delete;
    ~Shadow();
    // Device address of a host address in the memory.
    CUdeviceptr at(const void* host) const;
    const Memory& memory() const { return memory_; }
    // The host's bytes, and what to put there: for sparse memory the pages in use only.
    std::vector<char> host_bytes() const;
    void upload(const std::vector<char>& bytes) const;
    std::vector<char> download() const;
    void to_host(const std::vector<char>& bytes) const;
    // Throws DeviceError if a guard zone was written to.
    void check_guards(const std::string& what) const;

private:
    struct Piece { size_t start, bytes; };
    std::vector<Piece> pieces() const;
    const Driver& driver_;
    const Memory memory_;
    CUdeviceptr allocation_ = 0;
};
