// How far the device's results are from the emulator's.
#pragma once
#include "launch.h"
#include <string>

class Difference {
public:
    // One launch: all of its memory in turn, then launched().
    void add(const std::vector<char>& emulated, const std::vector<char>& actual, Values values);
    void launched();
    // " launches=4 equal=3 differ=0.8% apart=1.1e-03": launches, of them with equal bits, share of values with other
    // bits, largest norm of the difference relative to the emulator's.
    std::string facts() const;
private:
    int launches_ = 0, equal_ = 0;
    bool same_ = true;
    double values_ = 0, different_ = 0, apart_ = 0;
};
