package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;
import io.fsvideo.kernels.KernelImageException;
import io.fsvideo.tensor.BackendException;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** The kernels' images on the device, each loaded once. */
final class CudaModules {
    private static final int INVALID_IMAGE = 200;
    private static final int NO_BINARY_FOR_GPU = 209;
    private static final int INVALID_PTX = 218;
    private static final int UNSUPPORTED_PTX_VERSION = 222;
    private static final int OLDEST_CAPABILITY = 80;
    /** Toolkit that makes the images. */
    private static final int IMAGES_OF = 13000;

    private final CudaDriver driver;
    private final ImageSource images;
    private final Map<String, CUmodule> modules = new HashMap<>();

    CudaModules(CudaDriver driver, ImageSource images) {
        this.driver = driver;
        this.images = images;
    }

    Driver.Function load(String kernel, KernelImage image, String entry) {
        driver.makeCurrent();
        CUmodule module = modules.get(kernel);
        if (module == null) {
            module = load(kernel, bytes(kernel, image));
            modules.put(kernel, module);
        }
        CUmodule loaded = module;
        CUfunction function = new CUfunction();
        driver.calls()
                .check(
                        "cuModuleGetFunction of " + entry + " in " + kernel,
                        () -> JCudaDriver.cuModuleGetFunction(function, loaded, entry));
        return new CudaFunction(driver, entry, ParameterLayout.of(image.parameters(entry)), function);
    }

    private byte[] bytes(String kernel, KernelImage image) {
        DeviceReport report = driver.report();
        int capability = 10 * report.major() + report.minor();
        if (capability < OLDEST_CAPABILITY) {
            throw new NoImageException(
                    "cuda: " + kernel + " must have code for the device; compute capability", capability, device());
        }
        try {
            return images.image(image, capability, report.driverVersion() / 1000);
        } catch (KernelImageException e) {
            if (report.driverVersion() < IMAGES_OF && image.hasImage()) {
                throw new DriverTooOldException(
                        "cuda: " + kernel + " must have code for the driver; cuDriverGetVersion",
                        report.driverVersion(),
                        update());
            }
            throw new BackendException("cuda: " + e.getMessage(), e);
        }
    }

    private CUmodule load(String kernel, byte[] fatbin) {
        CUmodule module = new CUmodule();
        int code = DriverCalls.code(() -> JCudaDriver.cuModuleLoadData(module, fatbin));
        String call = "cuModuleLoadData of " + kernel;
        switch (code) {
            case INVALID_IMAGE, NO_BINARY_FOR_GPU, INVALID_PTX, UNSUPPORTED_PTX_VERSION -> throw refused(call, code);
            default -> driver.calls().require(call, code);
        }
        return module;
    }

    private CudaException refused(String call, int code) {
        String meaning = DriverCalls.meaning(code) + "; ";
        return driver.report().driverVersion() < IMAGES_OF
                ? new DriverTooOldException(call, code, meaning + update())
                : new NoImageException(call, code, meaning + device());
    }

    private String update() {
        return "the kernels' images need a driver for CUDA " + DeviceReport.version(IMAGES_OF)
                + " (580) or newer, got one for CUDA "
                + DeviceReport.version(driver.report().driverVersion()) + ": update NVIDIA's driver";
    }

    private String device() {
        return "the kernels' images have code for sm_80, sm_90a and newer, got a device of sm_"
                + driver.report().major() + driver.report().minor() + ": use another device, or the backend cpu";
    }

    void close() {
        for (CUmodule module : modules.values()) {
            driver.calls().release("cuModuleUnload", () -> JCudaDriver.cuModuleUnload(module));
        }
        modules.clear();
    }

    /** Where a device's code comes from. */
    @FunctionalInterface
    interface ImageSource {
        /**
         * The image, as {@link KernelImage#fatbin} gives it, for a compute capability such as 90 and the driver's
         * CUDA, such as 13.
         */
        byte[] image(KernelImage kernel, int computeCapability, int cudaMajor);
    }
}
