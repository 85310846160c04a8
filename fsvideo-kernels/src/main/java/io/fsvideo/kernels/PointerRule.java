package io.fsvideo.kernels;

/**
 * What a pointer of a contract must satisfy.
 *
 * @param name of the parameter
 * @param parameter its index
 * @param count how many pointers of an array by value are used, or null for a single pointer
 * @param elements the buffer's least size in elements
 * @param bytes the register with the same in bytes
 * @param elementBytes bytes of an element
 * @param alignment in bytes, a power of two
 * @param nullable whether null is allowed
 */
record PointerRule(
        String name,
        int parameter,
        Expression count,
        Expression elements,
        int bytes,
        int elementBytes,
        int alignment,
        boolean nullable) {}
