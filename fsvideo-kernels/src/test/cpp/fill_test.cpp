#include "elements.h"

namespace {
constexpr size_t BEHIND = 3; // elements after the filled ones

// The elements before and after the filled ones must keep their bits.
template <class T> void fills(size_t before, size_t count, T value, unsigned pattern, size_t behind = BEHIND) {
    Buffer<T> out = random_bits<T>(before + count + behind, count);
    std::vector<T> expected(out.data(), out.data() + out.size());
    for (size_t i = 0; i < count; ++i) expected[before + i] = value;
    const size_t bytes = count * sizeof(T);
    launch("fill", blocks(blocks(bytes, 16), 256), 256, 0, reinterpret_cast<unsigned char*>(out.data() + before),
           static_cast<long long>(bytes), pattern);
    expect_bits(text("%zu bytes after %zu elements", bytes, before), out, expected);
}
} // namespace

TEST(one_byte) { fills<uint8_t>(0, 1, 0xa5, 0xa5a5a5a5u); }
TEST(a_whole_buffer) { fills<uint8_t>(0, 1519, 0x17, 0x17171717u, 0); }
TEST(bytes_from_an_odd_address) { fills<uint8_t>(3, 1519, 0x17, 0x17171717u); }
TEST(halves) { fills<uint16_t>(0, 257 * 33, 0x3f80, 0x3f803f80u); }
TEST(halves_from_the_middle_of_a_word) { fills<uint16_t>(1, 257, 0x3fc1, 0x3fc13fc1u); }
TEST(words) { fills<uint32_t>(0, 4099, 0x12345678u, 0x12345678u); }
TEST(words_unaligned) { fills<uint32_t>(3, 1030, 0xdeadbeefu, 0xdeadbeefu); }
TEST(a_whole_block) { fills<uint32_t>(0, 1024, 0x3f800000u, 0x3f800000u); }
