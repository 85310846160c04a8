package io.fsvideo.cuda.natives;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import org.bytedeco.javacpp.Pointer;

/**
 * Loads NVIDIA's libraries by absolute path and the natives of JCuda, JCublas, JCudnn and JavaCPP's CUDA preset on top of them. JCuda's
 * natives are built for CUDA 12; on a host with CUDA 13 their copies are relinked first. Loading is per process; doing it again is cheap.
 *
 * <p>Folders can be named with {@code -Dfsvideo.cuda.libs=A:B}, a place for extracted natives with {@code -Dfsvideo.cuda.cache=FOLDER}.
 */
public final class CudaLibraries {
    private static final String DRIVER = "libcuda.so.1";
    private static final String NCCL = "libnccl.so.2";
    /** The library's name since CUDA 12.9, and the one before. */
    private static final List<String> NVTX = List.of("libnvtx3interop.so.1", "libnvToolsExt.so.1");

    private static final List<Integer> CUDA_VERSIONS = List.of(13, 12);
    private static final List<Integer> CUDNN_VERSIONS = List.of(9, 8);
    /** What libcudnn.so opens by name when a function of it is called, in the order of their needs: cuDNN 9's, then 8's. */
    private static final List<String> CUDNN_PARTS = List.of(
            "graph",
            "ops",
            "engines_precompiled",
            "engines_runtime_compiled",
            "heuristic",
            "cnn",
            "ops_infer",
            "cnn_infer");

    private final LibrarySearch search;
    private final NativeLoader loader;

    private CudaLibraries(Host host) {
        this.search = new LibrarySearch(host);
        this.loader = new NativeLoader(host);
    }

    /** @throws NativeLibraryException on another system than Linux on x86-64 */
    public static CudaLibraries ofThisMachine() {
        return of(Host.current());
    }

    static CudaLibraries of(Host host) {
        String system = host.property("os.name") + " " + host.property("os.arch");
        if (!system.toLowerCase(Locale.ROOT).matches("linux (amd64|x86_64)")) {
            throw new NativeLibraryException(
                    "cuda: the system must be Linux on x86-64, got " + system + "; use the backend cpu there");
        }
        return new CudaLibraries(host);
    }

    /**
     * Makes {@link JCudaDriver} usable.
     *
     * @return the library found
     * @throws NativeLibraryException without NVIDIA's driver
     */
    public Path loadDriver() {
        Path driver = search.find(DRIVER)
                .orElseThrow(() -> missing(
                        "no NVIDIA driver",
                        DRIVER,
                        "libcuda",
                        "install NVIDIA's driver 525 or newer, or start the container with --gpus all; without an NVIDIA GPU use the"
                                + " backend cpu"));
        loader.load(driver);
        loader.initialise("JCudaDriver-12.6.0", "JCudaDriver-12.6.0", UnaryOperator.identity(), JCudaDriver.class);
        return driver;
    }

    /**
     * Makes {@link JCublas2} usable.
     *
     * @param driverVersion what {@code cuDriverGetVersion} gives, e.g. 12060; newer libraries than the driver's are passed over
     * @return the library found
     * @throws NativeLibraryException without cuBLAS 12 or 13
     */
    public Path loadBlas(int driverVersion) {
        List<Integer> versions = CUDA_VERSIONS.stream()
                .filter(version -> version <= driverVersion / 1000)
                .toList();
        for (int version : versions) {
            Optional<Path> blas = search.find("libcublas.so." + version);
            if (blas.isPresent()) {
                loader.load(beside(blas.get(), "libcublasLt.so." + version));
                loader.load(blas.get());
                loader.initialise(
                        "JCublas2-12.6.0",
                        "JCublas2-12.6.0",
                        relinked("libcublas.so.12", "libcublas.so." + version),
                        JCublas2.class);
                return blas.get();
            }
        }
        throw missing(
                "no cuBLAS for a driver of CUDA " + driverVersion / 1000 + "." + driverVersion % 1000 / 10,
                versions.stream().map(version -> "libcublas.so." + version).toList() + " with libcublasLt beside it",
                "libcublas",
                "install the CUDA toolkit's cuBLAS, or pip install nvidia-cublas");
    }

    /**
     * Makes {@link JCudnn} usable, but for the functions that cuDNN 9 no longer has (recurrent networks): calling one ends the process.
     *
     * @param driverVersion as for {@link #loadBlas}, which this calls
     * @return the library found
     * @throws NativeLibraryException without cuDNN 8 or 9
     */
    public Path loadDnn(int driverVersion) {
        loadBlas(driverVersion);
        for (int version : CUDNN_VERSIONS) {
            Optional<Path> dnn = search.find("libcudnn.so." + version);
            if (dnn.isPresent()) {
                for (String part : CUDNN_PARTS) {
                    search.part(dnn.get(), "libcudnn_" + part + ".so." + version)
                            .ifPresent(loader::load);
                }
                loader.load(dnn.get());
                loader.initialise(
                        "JCudnn-11.7.0",
                        "JCudnn-12.6.0",
                        relinked("libcudnn.so.8", "libcudnn.so." + version),
                        JCudnn.class);
                return dnn.get();
            }
        }
        throw missing(
                "no cuDNN",
                "libcudnn.so.9 or libcudnn.so.8",
                "libcudnn",
                "install cuDNN 9, or pip install nvidia-cudnn-cu13 (nvidia-cudnn-cu12 for CUDA 12)");
    }

    /**
     * Makes JavaCPP's {@code org.bytedeco.cuda.global.cudart} usable for functions of the driver. It asks for the CUDA 13 runtime, which
     * none of them calls: where that is missing, an empty library takes its place.
     *
     * @throws NativeLibraryException without NVIDIA's driver
     */
    public void loadTensorMaps() {
        loadDriver();
        String runtime = "libcudart.so.13";
        search.find(runtime).ifPresentOrElse(loader::load, () -> loader.loadImage(runtime, ElfStub.of(runtime)));
        loader.initialise(org.bytedeco.cuda.global.cudart.class);
    }

    /**
     * Makes JavaCPP's {@code org.bytedeco.cuda.global.nccl} usable.
     *
     * @return the library found
     * @throws NativeLibraryException without NCCL 2 or NVIDIA's driver
     */
    public Path loadNccl() {
        loadTensorMaps();
        Path library = search.find(NCCL)
                .orElseThrow(() -> missing(
                        "no NCCL",
                        NCCL,
                        "libnccl",
                        "install libnccl2, or pip install nvidia-nccl-cu13 (nvidia-nccl-cu12)"));
        loader.load(library);
        loader.initialise(org.bytedeco.cuda.global.nccl.class);
        return library;
    }

    /**
     * What a profiler is told by: two functions in C, {@code int nvtxRangePushA(const char*)} and {@code int nvtxRangePop()}.
     *
     * @throws NativeLibraryException without NVTX or NVIDIA's driver
     */
    public Nvtx loadNvtx() {
        Path library = NVTX.stream()
                .flatMap(name -> search.find(name).stream())
                .findFirst()
                .orElseThrow(() -> missing(
                        "no NVTX",
                        String.join(" or ", NVTX),
                        "libnvtx3interop",
                        "install the CUDA toolkit's NVTX, or pip install nvidia-nvtx (nvidia-nvtx-cu12)"));
        loadTensorMaps();
        loader.loadGlobal(library);
        return new Nvtx(loader.function(library, "nvtxRangePushA"), loader.function(library, "nvtxRangePop"));
    }

    /** Addresses of functions. */
    public record Nvtx(Pointer push, Pointer pop) {}

    private Path beside(Path library, String soname) {
        Path sibling = library.resolveSibling(soname);
        if (Files.isRegularFile(sibling)) {
            return sibling;
        }
        return search.find(soname)
                .orElseThrow(() -> new NativeLibraryException(explained(
                        "cuBLAS is incomplete",
                        soname + " beside " + library,
                        soname.substring(0, soname.indexOf('.')),
                        "reinstall cuBLAS")));
    }

    private static UnaryOperator<byte[]> relinked(String from, String to) {
        return from.equals(to) ? UnaryOperator.identity() : image -> ElfRelink.relink(from, image, from, to);
    }

    private MissingLibraryException missing(String title, String needed, String name, String advice) {
        return new MissingLibraryException(explained(title, needed, name, advice));
    }

    private String explained(String title, String needed, String name, String advice) {
        List<Path> found = search.versions(name);
        return "cuda: " + title
                + "\n  needed: " + needed
                + "\n  found: " + (found.isEmpty() ? "no version of " + name : found)
                + "\n  looked in: " + search.places()
                + "\n  to do: " + advice + ", or name its folder with -D" + SearchPlaces.PROPERTY + "=FOLDER";
    }
}
