// The part of the CUDA driver interface that the GPU tests use, found at run time: nothing of CUDA is needed to build.
// Names, argument orders and numbers are those of cuda.h.
#pragma once
#include "cuda_types.h"
#include <cstddef>
#include <stdexcept>
#include <string>

using CUdeviceptr = unsigned long long;
using CUhandle = void*; // contexts, modules, functions, streams, events

#define DRIVER_FUNCTIONS(F)                                                                          \
    F(init, "cuInit", unsigned flags)                                                                \
    F(driver_version, "cuDriverGetVersion", int* version)                                            \
    F(device_get, "cuDeviceGet", int* device, int ordinal)                                           \
    F(device_name, "cuDeviceGetName", char* name, int capacity, int device)                          \
    F(device_attribute, "cuDeviceGetAttribute", int* value, int attribute, int device)               \
    F(context_retain, "cuDevicePrimaryCtxRetain", CUhandle* context, int device)                     \
    F(context_set, "cuCtxSetCurrent", CUhandle context)                                              \
    F(module_load, "cuModuleLoadData", CUhandle* module, const void* image)                          \
    F(module_function, "cuModuleGetFunction", CUhandle* function, CUhandle module, const char* name) \
    F(function_set, "cuFuncSetAttribute", CUhandle function, int attribute, int value)               \
    F(memory_allocate, "cuMemAlloc_v2", CUdeviceptr* address, size_t bytes)                          \
    F(memory_free, "cuMemFree_v2", CUdeviceptr address)                                              \
    F(copy_to_device, "cuMemcpyHtoD_v2", CUdeviceptr to, const void* from, size_t bytes)             \
    F(copy_to_host, "cuMemcpyDtoH_v2", void* to, CUdeviceptr from, size_t bytes)                     \
    F(copy_on_device, "cuMemcpyDtoD_v2", CUdeviceptr to, CUdeviceptr from, size_t bytes)             \
    F(copy_on_device_async, "cuMemcpyDtoDAsync_v2", CUdeviceptr to, CUdeviceptr from, size_t bytes, CUhandle stream) \
    F(memory_set, "cuMemsetD8_v2", CUdeviceptr to, unsigned char value, size_t bytes)                \
    F(stream_create, "cuStreamCreate", CUhandle* stream, unsigned flags)                             \
    F(stream_query, "cuStreamQuery", CUhandle stream)                                                \
    F(event_create, "cuEventCreate", CUhandle* event, unsigned flags)                                \
    F(event_record, "cuEventRecord", CUhandle event, CUhandle stream)                                \
    F(event_elapsed, "cuEventElapsedTime", float* milliseconds, CUhandle start, CUhandle end)        \
    F(launch_kernel, "cuLaunchKernel", CUhandle function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,       \
      unsigned by, unsigned bz, unsigned shared_bytes, CUhandle stream, void** parameters, void** extra)            \
    F(tensor_map, "cuTensorMapEncodeTiled", CUtensorMap* map, int type, unsigned rank, void* address,               \
      const unsigned long long* size, const unsigned long long* stride, const unsigned* box, const unsigned* step,  \
      int interleave, int swizzle, int l2_promotion, int fill)                                                      \
    F(error_name, "cuGetErrorName", int status, const char** name)                                   \
    F(error_text, "cuGetErrorString", int status, const char** text)

enum { CUDA_NOT_READY = 600 };
enum { MAX_DYNAMIC_SHARED = 8 };              // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
enum { MULTIPROCESSORS = 16, L2_BYTES = 38, CAPABILITY_MAJOR = 75, CAPABILITY_MINOR = 76 };

// There is nothing to run on: no driver, or no GPU behind it.
struct NoDevice : std::runtime_error { using std::runtime_error::runtime_error; };
// A call of the driver failed; the context may be lost, so the process must end.
struct DeviceError : std::runtime_error { using std::runtime_error::runtime_error; };
struct Hang : DeviceError { using DeviceError::DeviceError; };

class Driver {
public:
    // Opens the library and the first GPU.
    explicit Driver(const std::string& library);
    // Throws DeviceError with `what`, and the driver's name and text of the status unless it is 0.
    void check(int status, const std::string& what) const;
    int attribute(int which) const;
    std::string name() const;
    // Waits until the stream is idle; throws Hang when the seconds are over.
    void wait(CUhandle stream, double seconds, const std::string& what) const;
    CUhandle stream() const;

#define DRIVER_POINTER(member, symbol, ...) int (*member)(__VA_ARGS__) = nullptr;
    DRIVER_FUNCTIONS(DRIVER_POINTER)
#undef DRIVER_POINTER

private:
    int device_ = 0;
};

// A compiled kernel file; its entries by name.
class Module {
public:
    Module(const Driver& driver, const std::string& path);
    // The entry, ready for that many bytes of dynamic shared memory.
    CUhandle entry(const std::string& name, unsigned shared_bytes) const;
private:
    const Driver& driver_;
    std::string path_;
    CUhandle module_ = nullptr;
};
