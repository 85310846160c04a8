// Speed of kernels: a case names its tensors and its launch; enough copies of the tensors take turns that no launch
// finds its inputs in the L2 cache. One JSON line a case.
#pragma once
#include "driver.h"
#include "test.h"
#include <array>
#include <tuple>

// Sizes of the model, or tiny ones where the GPU is the emulator.
struct Sizes14B {
    std::vector<size_t> tokens;               // a clip before and after refinement
    size_t dim, heads, ffn, states;
};
const Sizes14B& model();
bool tiny();
inline size_t at_scale(size_t whole, size_t small) { return tiny() ? small : whole; }
inline size_t blocks(size_t threads, size_t per_block) { return (threads + per_block - 1) / per_block; }
inline size_t threads_for(size_t dim, size_t values) { return blocks(dim, values * 32) * 32; }

enum class Content { NORMALS, BYTES, NONE, VALUES };
struct Place { CUdeviceptr base; size_t stride; size_t index; }; // of one copy of a case's tensors
template <class T> struct Tensor {
    size_t offset, count;
    T* resolve(const Place& p) const { return reinterpret_cast<T*>(p.base + p.stride * p.index + offset); }
};
template <class T> struct Map {               // a dense tensor map, as tensor_map() in test.h
    Tensor<T> tensor;
    MapShape shape;
};
template <size_t N> struct PointerList { std::vector<size_t> offsets; };
template <size_t N> struct Pointers { void* v[N]; };

CUtensorMap device_map(void* data, int type, unsigned element_bytes, const MapShape& shape);
template <class X> X resolve(const X& x, const Place&) { return x; }
template <class T> T* resolve(const Tensor<T>& t, const Place& p) { return t.resolve(p); }
template <class T> CUtensorMap resolve(const Map<T>& m, const Place& p) {
    return device_map(m.tensor.resolve(p), sizeof(T) == 2 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 : CU_TENSOR_MAP_DATA_TYPE_UINT8,
                      sizeof(T), m.shape);
}
template <size_t N> Pointers<N> resolve(const PointerList<N>& list, const Place& p) {
    Pointers<N> all{};
    for (size_t i = 0; i < list.offsets.size(); ++i) all.v[i] = Tensor<char>{list.offsets[i], 0}.resolve(p);
    return all;
}

class Case {
public:
    Case(std::string kernel, std::string shape) : kernel_(std::move(kernel)), shape_(std::move(shape)) {}
    template <class T> Tensor<T> in(size_t count) {
        return add<T>(count, sizeof(T) == 1 ? Content::BYTES : Content::NORMALS, {});
    }
    template <class T> Tensor<T> out(size_t count) { return add<T>(count, Content::NONE, {}); }
    template <class T> Tensor<T> of(const std::vector<T>& values) {
        const char* const bytes = reinterpret_cast<const char*>(values.data());
        return add<T>(values.size(), Content::VALUES, {bytes, bytes + values.size() * sizeof(T)});
    }
    // What the limit counts besides the tensors' own bytes: work for the tensor cores or the F32 units.
    Case& bytes(double bytes) { return bytes_ = bytes, *this; }
    Case& tensor_flops(double flops) { return tensor_flops_ = flops, *this; }
    Case& f8_flops(double flops) { return tensor_flops_ = flops / 2, *this; }
    Case& f32_flops(double flops) { return f32_flops_ = flops, *this; }
    // Measures and prints. The arguments are those of the kernel, with Tensor, Map and PointerList for memory.
    template <class... P> void launch(const char* entry, Dim grid, Dim block, unsigned shared_bytes, const P&... parameters) {
        using Values = std::tuple<decltype(resolve(parameters, Place{}))...>;
        std::vector<Values> sets;
        for (const Place& place : places()) sets.emplace_back(resolve(parameters, place)...);
        std::vector<std::vector<void*>> pointers;
        for (Values& set : sets) {
            pointers.push_back(std::apply([](auto&... v) { return std::vector<void*>{static_cast<void*>(&v)...}; }, set));
        }
        run(entry, grid, block, shared_bytes, {sizeof(resolve(parameters, Place{}))...}, pointers);
    }

private:
    struct Part { size_t offset, bytes, element; Content content; std::vector<char> values; };
    template <class T> Tensor<T> add(size_t count, Content content, std::vector<char> values) {
        const size_t offset = bytes_of_set_;
        parts_.push_back({offset, count * sizeof(T), sizeof(T), content, std::move(values)});
        bytes_of_set_ += blocks(count * sizeof(T), 1024) * 1024;
        return {offset, count};
    }
    std::vector<Place> places();              // allocates and fills the copies
    void fill(const Part& part, CUdeviceptr to) const;
    void run(const char* entry, Dim grid, Dim block, unsigned shared_bytes, const std::vector<size_t>& bytes,
             std::vector<std::vector<void*>>& sets);
    void check_outputs(const std::string& entry) const;
    void print(const std::string& entry, double microseconds, double fastest) const;
    double traffic() const;

    std::string kernel_, shape_;
    std::vector<Part> parts_;
    size_t bytes_of_set_ = 0;
    double bytes_ = 0, tensor_flops_ = 0, f32_flops_ = 0;
    Place first_{};
};
