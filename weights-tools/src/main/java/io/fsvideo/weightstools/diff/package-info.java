/**
 * How far two checkpoints are from each other.
 *
 * <p>May depend on {@code fsvideo-core} and on the package {@code checkpoint} of this module.
 */
package io.fsvideo.weightstools.diff;
