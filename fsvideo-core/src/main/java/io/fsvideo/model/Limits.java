package io.fsvideo.model;

import java.util.Collection;

/** Bounds of the integers of configurations: far above every model there is, and low enough that no size made of them overflows. */
final class Limits {
    /** Layers of one kind, or blocks of a stage. */
    static final int LAYERS = 1024;
    /** Stages of an autoencoder, each of half the resolution. */
    static final int STAGES = 12;

    static final int HEADS = 4096;
    /** Channels. */
    static final int WIDTH = 1 << 18;
    /** Rows of a table, or tokens. */
    static final int ROWS = 1 << 22;
    /** Tokens of a text, which attend to each other. */
    static final int TEXT = 1 << 14;
    /** Pixels or latent positions along one side of a patch, and small factors. */
    static final int SIDE = 128;
    /** Values that become one row of a matrix. */
    static final long INPUTS = 1 << 24;

    private Limits() {}

    /** @throws ConfigException unless {@code value} is at most {@code most} */
    static void atMost(long most, String key, long value) {
        if (value > most) {
            throw new ConfigException("config: " + key + " must be <= " + most + ", got " + value);
        }
    }

    static void atMost(long most, String key, Collection<Integer> values) {
        values.forEach(value -> atMost(most, key, value));
    }
}
