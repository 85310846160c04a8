/**
 * The whole runtime on one screen: {@link io.fsvideo.tensor.Tensor}s live in {@link io.fsvideo.tensor.Arena}s, operations are called on
 * an arena (which checks shapes, allocates the result and calls {@link io.fsvideo.tensor.Ops}), and a
 * {@link io.fsvideo.tensor.Backend} does the work. Depends on nothing.
 */
package io.fsvideo.tensor;
