/**
 * CUDA kernels by name, as compiled images and parameter lists.
 *
 * <p>Depends on the JDK only; knows nothing of the runtime that launches the kernels.
 */
package io.fsvideo.kernels;
