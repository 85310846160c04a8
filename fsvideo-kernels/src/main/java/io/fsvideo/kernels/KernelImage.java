package io.fsvideo.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A kernel by the name of its {@code .cu} file: its source, the parameters of its entries, and its image (a fatbin with code
 * for sm_80 and sm_90a and PTX for newer processors) when this library was built where nvcc is installed.
 */
public final class KernelImage {
    private final String kernel;
    private final Map<String, List<KernelParameter>> entries;
    private final Map<String, LaunchContract> contracts;

    private KernelImage(String kernel, String source) {
        this.kernel = kernel;
        entries = KernelSource.entries(source);
        contracts = ContractParser.contracts(source, entries);
    }

    /**
     * @param kernel name of the source file without {@code .cu}
     * @throws KernelImageException if there is no such kernel
     */
    public static KernelImage of(String kernel) {
        byte[] source = resource(kernel + ".cu")
                .orElseThrow(() -> new KernelImageException(kernel + ": no such kernel in io.fsvideo.kernels"));
        return new KernelImage(kernel, new String(source, StandardCharsets.UTF_8));
    }

    /**
     * The kernel whose source has the entry; entries are named {@code <kernel>} or {@code <kernel>_<variant>}.
     *
     * @throws KernelImageException if there is no such entry
     */
    public static KernelImage ofEntry(String entry) {
        for (String name = entry; !name.isEmpty(); name = name.substring(0, Math.max(0, name.lastIndexOf('_')))) {
            if (resource(name + ".cu").isPresent()) {
                KernelImage image = of(name);
                image.parameters(entry);
                return image;
            }
        }
        throw new KernelImageException(entry + ": no kernel in io.fsvideo.kernels has such an entry");
    }

    /** Entry name to parameters, in the order a launch passes them. */
    public Map<String, List<KernelParameter>> entries() {
        return entries;
    }

    /** Parameters of an entry. */
    public List<KernelParameter> parameters(String entry) {
        List<KernelParameter> parameters = entries.get(entry);
        if (parameters == null) {
            throw new KernelImageException(kernel + ": has no entry " + entry + ", only " + entries.keySet());
        }
        return parameters;
    }

    /** What a launch of an entry must satisfy; read once and keep it. */
    public LaunchContract contract(String entry) {
        parameters(entry);
        return contracts.get(entry);
    }

    /** Whether {@link #fatbin} will find an image. */
    public boolean hasImage() {
        return resource(kernel + ".fatbin").isPresent();
    }

    /**
     * The image for {@code cuModuleLoadData}.
     *
     * @throws KernelImageException if this library was built without nvcc
     */
    public byte[] fatbin() {
        return resource(kernel + ".fatbin")
                .orElseThrow(
                        () -> new KernelImageException(
                                kernel + ": this build has no GPU images, as nvcc was missing; "
                                        + "install CUDA 12 or newer, put nvcc on the PATH and run: mvn -pl fsvideo-kernels package"));
    }

    private static Optional<byte[]> resource(String name) {
        try (InputStream stream = KernelImage.class.getResourceAsStream("/io/fsvideo/kernels/cuda/" + name)) {
            return stream == null ? Optional.empty() : Optional.of(stream.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("kernel resource " + name, e);
        }
    }
}
