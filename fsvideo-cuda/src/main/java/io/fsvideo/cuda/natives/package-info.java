/**
 * Finds NVIDIA's libraries on the host and loads them with JCuda's and JavaCPP's natives, on CUDA 12 and CUDA 13 with one build.
 *
 * <p>May depend on {@code io.fsvideo.tensor}'s exceptions. {@link io.fsvideo.cuda.natives.CudaLibraries} is its face.
 */
package io.fsvideo.cuda.natives;
