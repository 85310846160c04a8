package io.fsvideo.tensor;

import java.util.ArrayList;
import java.util.List;

/** Service that makes {@link Backend}s; registered in {@code META-INF/services}. */
public interface BackendProvider {
    /** The names served, for error messages, e.g. {@code cuda:0, cuda:1, ...}. */
    String names();

    boolean serves(String name);

    /** @throws BackendException when a library is missing or unusable: what was needed, what was found, where it looked */
    Backend open(String name, BackendOptions options);

    /** Opens one backend per rank, all or none; a name may be given several times. */
    default List<Backend> openRanks(List<String> names, BackendOptions options, List<RankChannel> channels) {
        List<Backend> opened = new ArrayList<>();
        try {
            for (int rank = 0; rank < names.size(); rank++) {
                opened.add(open(names.get(rank), options.withChannel(channels.get(rank))));
            }
            return List.copyOf(opened);
        } catch (RuntimeException | Error e) {
            opened.forEach(Backend::close);
            throw e;
        }
    }
}
