/**
 * Checkpoints in narrower types, and what that costs in precision.
 *
 * <p>May depend on {@code fsvideo-core} and on the package {@code checkpoint} of this module.
 */
package io.fsvideo.weightstools.quantize;
