package io.fsvideo.comm;

import io.fsvideo.tensor.Backend;

/** What every rank of a group runs, in its own thread. */
@FunctionalInterface
public interface RankTask<T> {
    /** @param backend this rank's; its {@link Backend#comm} knows the rank and the others */
    T run(Backend backend);
}
