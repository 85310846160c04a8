/**
 * Tensors of PyTorch's {@code .pth} and {@code .pt} files. The pickle inside is a program: this reader knows the few steps that rebuild
 * tensors and refuses every other one by its name, so nothing from the file ever runs.
 *
 * <p>May depend on {@code fsvideo-core} and on the package {@code checkpoint} of this module.
 */
package io.fsvideo.weightstools.pickle;
