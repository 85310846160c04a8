// The native methods of io.fsvideo.kernels.EmulatorLibrary: thin calls of the C interface.
#include "emulator.h"
#include <cstdlib>
#include <cstring>
#include <jni.h>
#include <string>
#include <vector>

namespace {
constexpr size_t SLOT = 128;                  // alignment of the strictest parameter, a tensor map

std::string string_of(JNIEnv* env, jstring s) {
    const char* characters = env->GetStringUTFChars(s, nullptr);
    std::string copy = characters ? characters : "";
    if (characters) env->ReleaseStringUTFChars(s, characters);
    return copy;
}

template <class To> std::vector<To> ints_of(JNIEnv* env, jintArray array) {
    std::vector<jint> values(static_cast<size_t>(env->GetArrayLength(array)));
    env->GetIntArrayRegion(array, 0, static_cast<jsize>(values.size()), values.data());
    return std::vector<To>(values.begin(), values.end());
}

std::vector<unsigned long long> longs_of(JNIEnv* env, jlongArray array) {
    std::vector<jlong> values(static_cast<size_t>(env->GetArrayLength(array)));
    env->GetLongArrayRegion(array, 0, static_cast<jsize>(values.size()), values.data());
    return std::vector<unsigned long long>(values.begin(), values.end());
}
} // namespace

extern "C" {
JNIEXPORT jstring JNICALL Java_io_fsvideo_kernels_EmulatorLibrary_error(JNIEnv* env, jclass) {
    return env->NewStringUTF(emulator_error());
}

JNIEXPORT jint JNICALL Java_io_fsvideo_kernels_EmulatorLibrary_set(JNIEnv* env, jclass, jstring name, jstring value) {
    return emulator_set(string_of(env, name).c_str(), string_of(env, value).c_str());
}

JNIEXPORT jstring JNICALL Java_io_fsvideo_kernels_EmulatorLibrary_kernel(JNIEnv* env, jclass, jint index) {
    const char* name = emulator_kernel(index);
    return name ? env->NewStringUTF(name) : nullptr;
}

JNIEXPORT jintArray JNICALL Java_io_fsvideo_kernels_EmulatorLibrary_parameters(JNIEnv* env, jclass, jstring kernel) {
    unsigned bytes[256];
    const int count = emulator_parameters(string_of(env, kernel).c_str(), bytes, 256);
    if (count < 0) return nullptr;
    jintArray result = env->NewIntArray(count);
    const std::vector<jint> values(bytes, bytes + count);
    if (result) env->SetIntArrayRegion(result, 0, count, values.data());
    return result;
}

JNIEXPORT jlong JNICALL Java_io_fsvideo_kernels_EmulatorLibrary_address(JNIEnv* env, jclass, jobject buffer) {
    return reinterpret_cast<jlong>(env->GetDirectBufferAddress(buffer));
}

// The caller has checked that there is one offset per parameter and that each value lies inside the buffer.
JNIEXPORT jint JNICALL Java_io_fsvideo_kernels_EmulatorLibrary_run(JNIEnv* env, jclass, jstring name, jintArray grid,
                                                                   jintArray block, jint shared_bytes, jobject values,
                                                                   jintArray offsets) {
    const std::string kernel = string_of(env, name);
    const std::vector<unsigned> g = ints_of<unsigned>(env, grid), b = ints_of<unsigned>(env, block);
    const std::vector<size_t> at = ints_of<size_t>(env, offsets);
    const char* from = static_cast<const char*>(env->GetDirectBufferAddress(values));
    unsigned bytes[256];
    const int count = emulator_parameters(kernel.c_str(), bytes, 256);
    if (count < 0) return EMULATOR_NOT_FOUND;
    size_t size = SLOT;
    for (int i = 0; i < count; ++i) size += (bytes[i] + SLOT - 1) / SLOT * SLOT;
    char* slots = static_cast<char*>(std::aligned_alloc(SLOT, size));
    std::vector<void*> pointers;
    size_t slot = 0;
    for (int i = 0; i < count; ++i) {
        std::memcpy(slots + slot, from + at[static_cast<size_t>(i)], bytes[i]);
        pointers.push_back(slots + slot);
        slot += (bytes[i] + SLOT - 1) / SLOT * SLOT;
    }
    const int code = emulator_launch(kernel.c_str(), g.data(), b.data(), static_cast<unsigned>(shared_bytes), pointers.data());
    std::free(slots);
    return code;
}

JNIEXPORT jint JNICALL Java_io_fsvideo_kernels_EmulatorLibrary_tensorMap(JNIEnv* env, jclass, jobject map, jint type,
                                                                         jlong address, jlongArray size,
                                                                         jlongArray stride, jintArray box,
                                                                         jintArray step, jint swizzle) {
    alignas(128) char encoded[128];
    const std::vector<unsigned long long> sizes = longs_of(env, size), strides = longs_of(env, stride);
    const std::vector<unsigned> boxes = ints_of<unsigned>(env, box), steps = ints_of<unsigned>(env, step);
    const int code = emulator_tensor_map_tiled(encoded, type, static_cast<unsigned>(sizes.size()),
                                               reinterpret_cast<void*>(address), sizes.data(), strides.data(),
                                               boxes.data(), steps.data(), 0, swizzle, 0, 0);
    if (code == 0) std::memcpy(env->GetDirectBufferAddress(map), encoded, sizeof encoded);
    return code;
}
}
