/**
 * What is in a checkpoint: tensors, sums by prefix, statistics, and which model it is by its names and shapes.
 *
 * <p>May depend on {@code fsvideo-core} and on the package {@code checkpoint} of this module.
 */
package io.fsvideo.weightstools.inspect;
