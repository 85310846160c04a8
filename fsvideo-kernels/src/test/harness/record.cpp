// Writes launches to a file, for tests of launch contracts: entry, grid, block, shared bytes, each argument's bytes, then
// every address among them with the bytes from there to the end of its memory.
#include "backend.h"
#include "test.h"
#include <set>

namespace {
std::string hex(const Parameter& p) {
    std::string digits;
    for (unsigned i = 0; i < p.bytes; ++i) digits += text("%02x", static_cast<const unsigned char*>(p.value)[i]);
    return digits;
}

std::string buffers(const Parameter& p) {
    std::string found;
    for (unsigned i = 0; i + sizeof(char*) <= p.bytes; i += sizeof(char*)) {
        char* address;
        std::memcpy(&address, static_cast<const char*>(p.value) + i, sizeof address);
        const Memory* memory = memory_of(address);
        if (memory) found += text(" %p:%zu", static_cast<void*>(address), memory->bytes - size_t(address - memory->start));
    }
    return found;
}

class Recorder : public Device {
public:
    explicit Recorder(const std::string& file) : file_(std::fopen(file.c_str(), "w")) {
        if (!file_) throw TestFailure("--record: cannot write " + file);
    }
    ~Recorder() override { std::fclose(file_); }
    void launch(const Launch& launch) override {
        const unsigned *g = launch.grid.v, *b = launch.block.v;
        std::string line = text("%s %u %u %u %u %u %u %u", launch.entry, g[0], g[1], g[2], b[0], b[1], b[2], launch.shared_bytes);
        std::string known;
        for (const Parameter& p : launch.parameters) {
            line += " " + hex(p);
            known += buffers(p);
        }
        emulate(launch); // a refused launch is not written
        if (written_.insert(line).second) std::fprintf(file_, "%s |%s\n", line.c_str(), known.c_str());
    }
    void forget(const void*) override {}
    std::string facts() override { return ""; }

private:
    FILE* file_;
    std::set<std::string> written_;
};
} // namespace

std::unique_ptr<Device> record_launches(const std::string& file) { return std::make_unique<Recorder>(file); }
