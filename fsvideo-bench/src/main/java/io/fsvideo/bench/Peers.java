package io.fsvideo.bench;

import io.fsvideo.tensor.FsVideoException;
import java.util.List;
import java.util.ServiceLoader;

/** The libraries on the class path that are measured beside this one. */
final class Peers {
    /** Value of a bench's parameter {@code via} for this library. */
    static final String OURS = "fsvideo";

    private Peers() {}

    private static List<Peer> all() {
        return ServiceLoader.load(Peer.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    static List<String> descriptions() {
        return all().stream().map(Peer::description).toList();
    }

    static List<String> ways(String bench, String backend) {
        return all().stream()
                .flatMap(peer -> peer.ways(bench, backend).stream())
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
