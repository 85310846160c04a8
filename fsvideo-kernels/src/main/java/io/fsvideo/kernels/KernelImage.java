package io.fsvideo.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel by the name of its {@code .cu} file: the parameters and contracts of its entries, and its images: fatbins with code
 * for sm_80 and sm_90a and PTX for newer processors, one for drivers of CUDA 13, one for those of CUDA 12. Images are there
 * if nvcc was when this library was built, or the prebuilt ones fit the sources.
 */
public final class KernelImage {
    /** Compute capability of the oldest devices that the images have code for. */
    private static final int OLDEST = 80;

    /** {@code extern "C" __global__ void __launch_bounds__(...) name(parameters)}. */
    private static final Pattern ENTRY = Pattern.compile(
            "extern \"C\" __global__ void(?:\\s+__launch_bounds__\\([^)]*\\))?\\s+(\\w+)\\s*\\(([^)]*)\\)",
            Pattern.DOTALL);

    private static final Pattern COMMENT = Pattern.compile("//[^\n]*");
    private static final Pattern NOISE = Pattern.compile("\\b(const|__restrict__|__grid_constant__)\\b");

    private final String kernel;
    private final Map<String, List<KernelParameter>> entries;
    private final Map<String, LaunchContract> contracts;

    private KernelImage(String kernel, String source) {
        this.kernel = kernel;
        entries = read(source);
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

    /** Whether this library has an image for drivers of CUDA 13. */
    public boolean hasImage() {
        return resource(kernel + ".fatbin").isPresent();
    }

    /**
     * The image for {@code cuModuleLoadData} on a device. Images for drivers of CUDA 12 also load on newer ones.
     *
     * @param computeCapability ten times the major number plus the minor, 90 for Hopper
     * @param cudaMajor of the driver: its version divided by 1000
     * @throws KernelImageException if the device is too old, or this library has no image for it
     */
    public byte[] fatbin(int computeCapability, int cudaMajor) {
        if (computeCapability < OLDEST) {
            throw new KernelImageException(
                    kernel + ": compute capability must be at least " + OLDEST + ", got " + computeCapability);
        }
        if (cudaMajor < 12) {
            throw new KernelImageException(kernel + ": the driver's CUDA must be 12 or newer, got " + cudaMajor);
        }
        Optional<byte[]> newest = cudaMajor > 12 ? resource(kernel + ".fatbin") : Optional.empty();
        return newest.or(() -> resource(kernel + ".cuda12.fatbin")).orElseThrow(() -> missing(cudaMajor));
    }

    private KernelImageException missing(int cudaMajor) {
        if (cudaMajor == 12 && hasImage()) {
            return new KernelImageException(kernel
                    + ": this build has images for drivers of CUDA 13 (580 or newer) only, got CUDA 12; update the driver, "
                    + "or put nvcc on the PATH and run: mvn -pl fsvideo-kernels package -Dfsvideo.images=all");
        }
        return new KernelImageException(kernel
                + ": this build has no GPU images, as nvcc was missing and the prebuilt ones are older than the sources; "
                + "install CUDA 13 or newer, put nvcc on the PATH and run: mvn -pl fsvideo-kernels package");
    }

    private static Optional<byte[]> resource(String name) {
        try (InputStream stream = KernelImage.class.getResourceAsStream("/io/fsvideo/kernels/cuda/" + name)) {
            return stream == null ? Optional.empty() : Optional.of(stream.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("kernel resource " + name, e);
        }
    }

    /** Entry name to parameters, in the order of the file. */
    private static Map<String, List<KernelParameter>> read(String source) {
        Map<String, List<KernelParameter>> entries = new LinkedHashMap<>();
        Matcher matcher = ENTRY.matcher(COMMENT.matcher(source).replaceAll(""));
        while (matcher.find()) {
            List<KernelParameter> parameters = new ArrayList<>();
            for (String declaration : matcher.group(2).split(",")) {
                if (!declaration.isBlank()) {
                    parameters.add(parameter(matcher.group(1), declaration));
                }
            }
            entries.put(matcher.group(1), List.copyOf(parameters));
        }
        return entries;
    }

    private static KernelParameter parameter(String entry, String declaration) {
        String plain =
                NOISE.matcher(declaration).replaceAll(" ").replace("*", " * ").trim();
        int space = plain.lastIndexOf(' ');
        if (space < 0) {
            throw new KernelImageException(
                    entry + ": parameter must have a type and a name, got " + declaration.trim());
        }
        String type = plain.substring(0, space).replaceAll("\\s+", "");
        return new KernelParameter(plain.substring(space + 1), type);
    }
}
