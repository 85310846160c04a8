// What runs launches besides the emulator: a GPU, in test programs that are built for one.
#pragma once
#include "launch.h"
#include <map>
#include <memory>
#include <string>

class Device {
public:
    virtual ~Device() = default;
    // Runs the launch on the emulator and on the device; the memory then holds the device's results.
    virtual void launch(const Launch& launch) = 0;
    virtual void forget(const void* memory) = 0;
    // Words about the launches since the last call, for the test's line.
    virtual std::string facts() = 0;
};
// Null while only the emulator runs.
Device* device();
void use_device(Device* device);
// Runs launches on the emulator and writes them to a file.
std::unique_ptr<Device> record_launches(const std::string& file);
// Runs the launch on the emulator; throws TestFailure with its report.
void emulate(const Launch& launch);

// Programs built for a GPU register this before main: it runs the tests there and returns the exit status.
struct Test;
using Options = std::map<std::string, std::string>;
using DeviceMain = int (*)(const Options& options, const std::vector<const Test*>& tests, bool (*run_test)(const Test&));
DeviceMain& device_main();
