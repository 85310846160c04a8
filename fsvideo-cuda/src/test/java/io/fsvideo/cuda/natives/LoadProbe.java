package io.fsvideo.cuda.natives;

import java.nio.file.Path;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcudnn.JCudnn;
import org.bytedeco.cuda.cudart.CUtensorMap;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/** Loads what its arguments name in a process of its own, calls a function of each, and prints the answers. */
final class LoadProbe {
    private LoadProbe() {}

    public static void main(String[] arguments) {
        try {
            Path root = Path.of(System.getProperty("probe.root", "/"));
            CudaLibraries libraries = CudaLibraries.of(new Host(root, System.getenv(), System.getProperties()));
            for (String argument : arguments) {
                print(argument, libraries);
            }
        } catch (NativeLibraryException e) {
            System.out.println(e.getMessage());
        }
    }

    private static void print(String what, CudaLibraries libraries) {
        int[] version = new int[1];
        switch (what) {
            case "driver" -> {
                libraries.loadDriver();
                JCudaDriver.cuDriverGetVersion(version);
                System.out.println("driver " + version[0]);
            }
            case "blas" -> {
                JCudaDriver.cuDriverGetVersion(version);
                libraries.loadBlas(version[0]);
                cublasHandle handle = new cublasHandle();
                JCublas2.cublasCreate(handle);
                JCublas2.cublasGetVersion(handle, version);
                System.out.println("blas " + version[0]);
            }
            case "dnn" -> {
                JCudaDriver.cuDriverGetVersion(version);
                libraries.loadDnn(version[0]);
                System.out.println("dnn " + JCudnn.cudnnGetVersion());
            }
            case "maps" -> {
                libraries.loadTensorMaps();
                System.out.println("maps " + tensorMap());
            }
            case "nvtx" ->
                System.out.println("nvtx " + (libraries.loadNvtx().pop().address() != 0));
            default -> throw new IllegalArgumentException(what);
        }
    }

    private static String tensorMap() {
        try (CUtensorMap map = new CUtensorMap();
                Pointer address = new Pointer() {
                    {
                        this.address = 77;
                    }
                }) {
            int status = cudart.cuTensorMapEncodeTiled(
                    map,
                    9,
                    2,
                    address,
                    new long[] {64, 128},
                    new long[] {256},
                    new int[] {8, 16},
                    new int[] {1, 2},
                    0,
                    3,
                    2,
                    1);
            LongPointer words = new LongPointer(map);
            return status + " " + words.get(0) + " " + words.get(1) + " " + words.get(2) + " " + words.get(3);
        }
    }
}
