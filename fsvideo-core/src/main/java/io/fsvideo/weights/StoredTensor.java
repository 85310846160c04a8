package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;

/**
 * One entry of a safetensors header.
 *
 * @param begin first byte, counted from the end of the header
 * @param end one past the last byte
 */
record StoredTensor(String key, StoredType type, Shape shape, long begin, long end) {
    long bytes() {
        return end - begin;
    }

    @Override
    public String toString() {
        return Fault.shortened(key) + " " + shape + " " + type + " at [" + begin + ", " + end + "]";
    }
}
