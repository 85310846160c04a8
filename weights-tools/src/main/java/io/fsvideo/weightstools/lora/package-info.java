/**
 * Low-rank additions to a model's matrices: whose names mean what, and the merging.
 *
 * <p>May depend on {@code fsvideo-core} and on the packages {@code checkpoint} and {@code convert} of this module.
 */
package io.fsvideo.weightstools.lora;
