// Runs a kernel's tests on a GPU: every launch on the emulator and twice on the device, with guard zones.
// --driver libcuda.so.1, --images <folder of <kernel>.cubin>, --seconds <longest launch>.
#include "arguments.h"
#include "backend.h"
#include "difference.h"
#include "supervisor.h"
#include "test.h"
#include <map>
#include <memory>

namespace {
class Gpu : public Device {
public:
    Gpu(const std::string& library, const std::string& image, double seconds_per_launch)
        : driver_(library), module_(driver_, image), stream_(driver_.stream()), seconds_(seconds_per_launch) {}

    void launch(const Launch& launch) override {
        Arguments arguments(driver_, launch, [this](const void* host) { return shadow_of(host); });
        const std::vector<Shadow*>& shadows = arguments.shadows();
        std::vector<std::vector<char>> before, emulated;
        bool sparse = false;
        for (const Shadow* s : shadows) {
            before.push_back(s->host_bytes());
            s->upload(before.back());
            sparse |= s->memory().sparse;
        }
        emulate(launch);
        for (const Shadow* s : shadows) emulated.push_back(s->host_bytes());
        const std::vector<std::vector<char>> first = run(launch, arguments);
        if (!sparse) { // whose bytes to restore are not kept
            for (size_t i = 0; i < shadows.size(); ++i) shadows[i]->upload(before[i]);
            if (run(launch, arguments) != first) {
                throw TestFailure(std::string(launch.entry) + ": two runs with equal inputs gave different bits");
            }
        }
        for (size_t i = 0; i < shadows.size(); ++i) {
            difference_.add(emulated[i], first[i], shadows[i]->memory().values);
            shadows[i]->to_host(first[i]);
        }
        difference_.launched();
    }

    void forget(const void* memory) override { shadows_.erase(memory); }

    std::string facts() override {
        const std::string facts = difference_.facts();
        difference_ = {};
        return facts;
    }

private:
    std::vector<std::vector<char>> run(const Launch& l, Arguments& arguments) {
        const std::string what = l.entry;
        driver_.check(driver_.launch_kernel(module_.entry(l.entry, l.shared_bytes), l.grid.v[0], l.grid.v[1], l.grid.v[2],
                                            l.block.v[0], l.block.v[1], l.block.v[2], l.shared_bytes, stream_,
                                            arguments.pointers(), nullptr),
                      what);
        driver_.wait(stream_, seconds_, what);
        std::vector<std::vector<char>> results;
        for (const Shadow* s : arguments.shadows()) {
            s->check_guards(what);
            results.push_back(s->download());
        }
        return results;
    }

    Shadow* shadow_of(const void* host) {
        const Memory* const memory = host ? memory_of(host) : nullptr;
        if (!memory) return nullptr;
        std::unique_ptr<Shadow>& shadow = shadows_[memory->start];
        if (!shadow) shadow = std::make_unique<Shadow>(driver_, *memory);
        return shadow.get();
    }

    Driver driver_;
    Module module_;
    CUhandle stream_;
    double seconds_;
    std::map<const void*, std::unique_ptr<Shadow>> shadows_;
    Difference difference_;
};

std::string option(const Options& options, const std::string& name, const std::string& otherwise) {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}

int gpu_main(const Options& options, const std::vector<const Test*>& tests, bool (*run_test)(const Test&)) {
    const std::string program = program_invocation_short_name, kernel = program.substr(0, program.rfind("_test"));
    const std::string image = option(options, "images", "target/native/gpu/images") + "/" + kernel + ".cubin";
    const std::string library = option(options, "driver", "libcuda.so.1");
    const double seconds = std::stod(option(options, "seconds", "10"));
    return supervise(tests, [=] { use_device(new Gpu(library, image, seconds)); }, run_test);
}
const struct Registration { Registration() { device_main() = gpu_main; } } registration;
} // namespace
