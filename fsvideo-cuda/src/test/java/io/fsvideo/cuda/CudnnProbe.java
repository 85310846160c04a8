package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import jcuda.jcudnn.JCudnn;

/** Opens the cuDNN it finds in a process of its own, convolves once, and asks for what must be refused. */
final class CudnnProbe {
    private CudnnProbe() {}

    public static void main(String[] arguments) {
        DnnLibrary.Shape shape = new DnnLibrary.Shape(DType.F32, 1, 1, 1, 1, 8, 8, 1, 1, 1, 1, 0, 0);
        try (Driver driver = CudaDriver.open(0);
                Stream stream = driver.openStream();
                DnnLibrary library = driver.openDnnLibrary(stream)) {
            System.out.println("version " + JCudnn.cudnnGetVersion());
            long memory = stream.allocate(1024);
            library.convolve(shape, memory, memory + 256, memory + 512, 0);
            stream.free(memory);
            library.convolve(shape, 0, memory, memory, 0);
        } catch (CudaException e) {
            System.out.println(e.getMessage());
        }
    }
}
