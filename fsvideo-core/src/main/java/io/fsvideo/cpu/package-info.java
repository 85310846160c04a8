/**
 * The CPU backend: oneDNN (through JavaCPP) for products, convolution, softmax and strided copies, plain Java over heap blocks for the
 * rest. Every operation is split by its shapes only, so the number of threads never changes a bit of the result. Depends on
 * {@link io.fsvideo.tensor}; nobody imports it, {@link java.util.ServiceLoader} finds it.
 */
package io.fsvideo.cpu;
