package io.fsvideo.check;

import io.fsvideo.tensor.Backend;

/** Runs the model a golden describes and compares what it produces; one per kind. */
@FunctionalInterface
public interface GoldenCheck {
    /** @param out receives every tensor of the golden this check can produce */
    void run(Golden golden, Backend backend, Comparison out);
}
