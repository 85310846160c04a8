// Runs tests in child processes, so that a launch that hangs or loses the context costs one test and no more.
#pragma once
#include "test.h"

constexpr int SKIPPED = 77;                   // exit status: there is no GPU
// Every child calls start first. Returns the exit status: 0, 1 if a test failed, SKIPPED.
int supervise(const std::vector<const Test*>& tests, const std::function<void()>& start, bool (*run_test)(const Test&));
