/**
 * A transformer in one file per rank of a tensor-parallel group, and back.
 *
 * <p>May depend on {@code fsvideo-core} and on the package {@code checkpoint} of this module.
 */
package io.fsvideo.weightstools.shard;
