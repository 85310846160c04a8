/**
 * Published checkpoints into parts of our model directories: whose names mean what, what fits, and the copying.
 *
 * <p>May depend on {@code fsvideo-core} and on the packages {@code checkpoint}, {@code pickle} and {@code shard} of this module.
 */
package io.fsvideo.weightstools.convert;
