/** Tests of the CUDA backend on the emulator of {@code io.fsvideo.kernels}, which runs the same kernels on the CPU. */
package io.fsvideo.cuda;
