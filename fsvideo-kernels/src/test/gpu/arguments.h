// A launch's parameters with device addresses in place of the tests' own.
#pragma once
#include "shadow.h"
#include <functional>

class Arguments {
public:
    using Find = std::function<Shadow*(const void* host)>; // null if no memory lies there
    Arguments(const Driver& driver, const Launch& launch, const Find& find);
    void** pointers() { return pointers_.data(); }
    // The memory that the launch refers to, each once.
    const std::vector<Shadow*>& shadows() const { return shadows_; }
private:
    struct alignas(128) Slot { char bytes[4096]; };
    void translate(char* words, unsigned bytes, const Find& find);
    void refer(Shadow* shadow);
    std::vector<Slot> slots_;
    std::vector<void*> pointers_;
    std::vector<Shadow*> shadows_;
};
