/**
 * Checkpoints as the tools see them: names, types, sizes, and values piece by piece, whatever number of files they lie in.
 *
 * <p>May depend on {@code fsvideo-core} and nothing else of this module.
 */
package io.fsvideo.weightstools.checkpoint;
