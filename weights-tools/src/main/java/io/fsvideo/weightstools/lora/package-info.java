/**
 * Low-rank additions to a model's matrices, merged into a copy of it.
 *
 * <p>May depend on {@code fsvideo-core} and on the package {@code checkpoint} of this module.
 */
package io.fsvideo.weightstools.lora;
