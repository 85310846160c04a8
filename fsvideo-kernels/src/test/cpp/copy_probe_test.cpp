#include "elements.h"

namespace {
struct Int5 { int v[5]; };
struct Box { Sizes size, box; Int5 from, to; int swizzle; }; // from the innermost dimension outwards
const unsigned SPAN[] = {16, 32, 64, 128};                   // bytes of a row's swizzle, by CUtensorMapSwizzle

size_t count(const Sizes& sizes) { return Shape(sizes).count(); }
MapShape map_shape(const Box& b) {
    return {{b.size.begin(), b.size.end()}, {b.box.begin(), b.box.end()}};
}
// The element of the tensor that the box's i-th stands for when its corner lies at c; -1 outside.
long long element(const Box& b, const Int5& c, size_t i) {
    long long index = 0, stride = 1;
    for (size_t d = 0; d < b.size.size(); ++d) {
        const long long place = c.v[d] + static_cast<long long>(i % b.box[d]);
        if (place < 0 || place >= b.size[d]) return -1;
        index += place * stride;
        stride *= b.size[d];
        i /= b.box[d];
    }
    return index;
}
// Byte of shared memory that holds byte `at` of the box: 16-byte columns XORed with the number of their 128-byte line.
size_t swizzled(size_t at, int swizzle) {
    const size_t span = SPAN[swizzle], line = at / 128;
    return swizzle == 0 ? at : (at / 16 ^ line % (span / 16)) * 16 + at % 16;
}

void copies(const Box& b) {
    const Buffer<bf16> from = normals<bf16>(count(b.size), 1);
    Buffer<bf16> to(count(b.size));
    const size_t bytes = count(b.box) * 2;
    Buffer<uint8_t> seen(bytes);
    launch("copy_probe", 1, 32, static_cast<unsigned>(bytes) + 1024, tensor_map(to, map_shape(b), b.swizzle), seen.data(),
           tensor_map(from, map_shape(b), b.swizzle), static_cast<int>(b.size.size()), b.to, b.from, static_cast<int>(bytes));
    std::vector<uint16_t> expected(to.size(), 0xffff), lies(bytes / 2), found(bytes / 2), out(to.size());
    for (size_t i = 0; i < bytes / 2; ++i) {
        const long long source = element(b, b.from, i), target = element(b, b.to, i);
        const uint16_t value = source < 0 ? 0 : from.at(source).bits; // zeros outside the tensor
        if (target >= 0) expected[target] = value;
        lies[swizzled(i * 2, b.swizzle) / 2] = value;
    }
    std::memcpy(found.data(), seen.data(), bytes);
    std::memcpy(out.data(), to.data(), out.size() * 2);
    const std::string what = text("rank %zu, swizzle %d", b.size.size(), b.swizzle);
    if (found != lies) throw TestFailure(what + ": the box lies differently in shared memory");
    if (out != expected) throw TestFailure(what + ": the target tensor differs");
}
} // namespace

TEST(every_rank) {
    copies({{200}, {64}, {{40}}, {{8}}, 0});
    copies({{40, 9}, {64, 8}, {{0, 2}}, {{0, 1}}, 3});
    copies({{24, 5, 7}, {32, 4, 2}, {{0, 1, 3}}, {{0, 0, 5}}, 2});
    copies({{16, 6, 5, 3}, {16, 4, 2, 2}, {{0, 1, 2, 0}}, {{0, 2, 0, 1}}, 1});
    copies({{8, 3, 4, 2, 3}, {8, 2, 4, 2, 2}, {{0, 1, 0, 0, 1}}, {{0, 0, 0, 0, 0}}, 0});
}
TEST(every_swizzle) {
    for (int swizzle = 0; swizzle < 4; ++swizzle) {
        const unsigned span = SPAN[swizzle] / 2;
        copies({{64, 70}, {span, 64}, {{8, 3}}, {{0, 0}}, swizzle});
    }
}
TEST(zeros_outside_and_nothing_stored_there) {
    copies({{64, 20}, {64, 16}, {{-16, -3}}, {{24, 9}}, 3});
    copies({{64, 20}, {64, 16}, {{40, 18}}, {{-8, -5}}, 3});
    copies({{16, 6, 5, 3, 2}, {16, 4, 2, 1, 1}, {{8, -1, -1, 2, 1}}, {{0, 4, 4, -1, 0}}, 1});
    copies({{16, 6, 5, 3, 2}, {16, 4, 2, 1, 1}, {{0, 0, 0, -1, 0}}, {{0, 0, 0, 0, 0}}, 1});
}
