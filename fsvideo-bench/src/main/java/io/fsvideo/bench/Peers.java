package io.fsvideo.bench;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.ConvolutionLibrary;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.ProductLibrary;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** The libraries on the class path that are measured beside this one. */
final class Peers {
    /** Value of a bench's parameter {@code via} for this library. */
    static final String OURS = "fsvideo";

    /** Ways that are a setting of our own CUDA backend. */
    private static final String CUBLAS = "cublas";

    private static final String CUDNN = "cudnn";

    private Peers() {}

    /** The backend that a bench runs on: the one asked for, with NVIDIA's library where {@code via} names it. */
    static Backend open(String via) {
        BackendOptions options = BackendOptions.defaults();
        options = via.equals(CUBLAS) ? options.withProducts(ProductLibrary.CUBLAS) : options;
        options = via.equals(CUDNN) ? options.withConvolutions(ConvolutionLibrary.CUDNN) : options;
        return Backend.open(System.getProperty("fsvideo.backend", "cpu"), options);
    }

    /** Whether this library does the work, if with NVIDIA's for products or convolutions. */
    static boolean isOurs(String via) {
        return List.of(OURS, CUBLAS, CUDNN).contains(via);
    }

    private static List<String> settings(String bench, String backend) {
        if (!backend.startsWith("cuda")) {
            return List.of();
        }
        return switch (bench) {
            case "LinearBench", "DitBlockBench", "StepBench" -> List.of(CUBLAS);
            case "Conv3dBench", "FsaeStageBench", "FsaeDecodeBench" -> List.of(CUDNN);
            default -> List.of();
        };
    }

    private static List<Peer> all() {
        return ServiceLoader.load(Peer.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    static List<String> descriptions() {
        return all().stream().map(Peer::description).toList();
    }

    static List<String> ways(String bench, String backend) {
        return Stream.concat(
                        settings(bench, backend).stream(),
                        all().stream().flatMap(peer -> peer.ways(bench, backend).stream()))
                .toList();
    }

    /** @throws FsVideoException when no library on the class path has such a way */
    static Peer of(String bench, String backend, String way) {
        return all().stream()
                .filter(peer -> peer.ways(bench, backend).contains(way))
                .findFirst()
                .orElseThrow(() -> new FsVideoException(
                        "bench: via must be " + OURS + " or one of " + ways(bench, backend) + ", got " + way));
    }
}
