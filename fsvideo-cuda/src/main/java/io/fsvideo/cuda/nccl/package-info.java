/**
 * Collectives through NVIDIA's NCCL, bound by JavaCPP's preset, which nothing else may name: {@link io.fsvideo.cuda.nccl.NcclComm} over
 * a {@link io.fsvideo.cuda.nccl.NcclDevice}.
 */
package io.fsvideo.cuda.nccl;
