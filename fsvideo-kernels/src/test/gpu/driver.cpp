#include "driver.h"
#include <chrono>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

Driver::Driver(const std::string& library) {
    void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) throw NoDevice("no NVIDIA driver: " + std::string(dlerror()));
#define DRIVER_FIND(member, symbol, ...)                                            \
    member = reinterpret_cast<decltype(member)>(dlsym(handle, symbol));             \
    if (!member) throw NoDevice("the NVIDIA driver is too old: it has no " symbol);
    DRIVER_FUNCTIONS(DRIVER_FIND)
#undef DRIVER_FIND
    const int status = init(0);
    if (status == 100 || status == 803 || status == 804) { // no device, driver and library do not match
        throw NoDevice("no NVIDIA GPU: cuInit gives " + std::to_string(status));
    }
    check(status, "cuInit");
    check(device_get(&device_, 0), "cuDeviceGet");
    CUhandle context;
    check(context_retain(&context, device_), "cuDevicePrimaryCtxRetain");
    check(context_set(context), "cuCtxSetCurrent");
}

void Driver::check(int status, const std::string& what) const {
    if (status == 0) return;
    const char *name = nullptr, *text = nullptr;
    error_name(status, &name);
    error_text(status, &text);
    throw DeviceError(what + ": " + (name ? name : "error " + std::to_string(status)) + (text ? std::string(", ") + text : ""));
}

int Driver::attribute(int which) const {
    int value = 0;
    check(device_attribute(&value, which, device_), "cuDeviceGetAttribute");
    return value;
}

std::string Driver::name() const {
    char name[256] = "";
    check(device_name(name, sizeof name, device_), "cuDeviceGetName");
    return name;
}

CUhandle Driver::stream() const {
    CUhandle stream;
    check(stream_create(&stream, 0), "cuStreamCreate");
    return stream;
}

void Driver::wait(CUhandle stream, double seconds, const std::string& what) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    for (int polls = 0;; ++polls) {
        const int status = stream_query(stream);
        if (status != CUDA_NOT_READY) return check(status, what);
        if (std::chrono::steady_clock::now() > end) {
            throw Hang(what + ": did not end within " + std::to_string(seconds) + " s");
        }
        if (polls > 1000) std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
}

Module::Module(const Driver& driver, const std::string& path) : driver_(driver), path_(path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> image{std::istreambuf_iterator<char>(file), {}};
    if (image.empty()) throw std::runtime_error(path + ": cannot be read; run make gpu");
    image.push_back(0);
    driver.check(driver.module_load(&module_, image.data()), "cuModuleLoadData " + path);
}

CUhandle Module::entry(const std::string& name, unsigned shared_bytes) const {
    CUhandle function;
    driver_.check(driver_.module_function(&function, module_, name.c_str()), "cuModuleGetFunction " + path_ + " " + name);
    if (shared_bytes > 48 * 1024) {
        driver_.check(driver_.function_set(function, MAX_DYNAMIC_SHARED, static_cast<int>(shared_bytes)),
                      name + ": " + std::to_string(shared_bytes) + " bytes of shared memory");
    }
    return function;
}
