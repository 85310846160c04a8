#include "arguments.h"
#include "tensor_map.h"
#include <algorithm>

namespace {
bool is_map(const Parameter& p) {
    emulator::u32 magic;
    if (p.bytes != sizeof(CUtensorMap)) return false;
    std::memcpy(&magic, p.value, sizeof magic);
    return magic == emulator::TENSOR_MAP_MAGIC;
}

// The driver's map of what the emulator's map describes, at another address.
CUtensorMap encode(const Driver& driver, const emulator::TensorMap& t, CUdeviceptr address, const std::string& what) {
    static const int swizzle[] = {CU_TENSOR_MAP_SWIZZLE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_SWIZZLE_64B,
                                  CU_TENSOR_MAP_SWIZZLE_32B};
    const int type = t.element_bytes == 1 ? CU_TENSOR_MAP_DATA_TYPE_UINT8
                     : t.element_bytes == 2 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 : CU_TENSOR_MAP_DATA_TYPE_FLOAT32;
    unsigned long long size[5], stride[5];
    unsigned box[5], step[5];
    for (int i = 0; i < t.rank; ++i) size[i] = t.size[i], box[i] = t.box[i], step[i] = t.step[i];
    for (int i = 0; i + 1 < t.rank; ++i) stride[i] = t.stride[i];
    CUtensorMap map;
    driver.check(driver.tensor_map(&map, type, t.rank, reinterpret_cast<void*>(address), size, stride, box, step, 0,
                                   swizzle[t.swizzle], 0, t.fill_nan),
                 what);
    return map;
}
} // namespace

Arguments::Arguments(const Driver& driver, const Launch& launch, const Find& find) : slots_(launch.parameters.size()) {
    for (size_t i = 0; i < slots_.size(); ++i) {
        const Parameter& p = launch.parameters[i];
        const std::string what = std::string(launch.entry) + ": parameter " + std::to_string(i);
        char* const to = slots_[i].bytes;
        if (p.bytes > sizeof(Slot)) throw DeviceError(what + ": has " + std::to_string(p.bytes) + " bytes");
        std::memcpy(to, p.value, p.bytes);
        pointers_.push_back(to);
        if (is_map(p)) {
            emulator::TensorMap t;
            std::memcpy(&t, p.value, sizeof t);
            const void* const host = reinterpret_cast<const void*>(t.address);
            Shadow* const shadow = find(host);
            if (!shadow) throw DeviceError(what + ": its tensor map is of memory that was freed");
            refer(shadow);
            const CUtensorMap map = encode(driver, t, shadow->at(host), what);
            std::memcpy(to, &map, sizeof map);
        } else {
            translate(to, p.bytes, find);
        }
    }
}

void Arguments::translate(char* words, unsigned bytes, const Find& find) {
    for (unsigned at = 0; at + 8 <= bytes && bytes % 8 == 0; at += 8) {
        const void* host;
        std::memcpy(&host, words + at, 8);
        Shadow* const shadow = find(host);
        if (!shadow) continue;
        refer(shadow);
        const CUdeviceptr address = shadow->at(host);
        std::memcpy(words + at, &address, 8);
    }
}

void Arguments::refer(Shadow* shadow) {
    if (std::find(shadows_.begin(), shadows_.end(), shadow) == shadows_.end()) shadows_.push_back(shadow);
}
