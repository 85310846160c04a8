/**
 * The backend for NVIDIA GPUs, one launcher per kernel.
 *
 * <p>May depend on {@code io.fsvideo.tensor} and {@code io.fsvideo.kernels}; nobody imports it.
 */
package io.fsvideo.cuda;
