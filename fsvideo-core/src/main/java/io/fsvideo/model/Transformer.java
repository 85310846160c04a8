package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * A network that predicts the velocity of a noisy latent from its time, a text and, for some, an image: all that the sampling loop
 * knows of one. {@link Dit} is the one of the library's own families.
 *
 * @since 0.1
 */
public interface Transformer {
    /** Returns the channels of the prediction. */
    int outDim();

    /** Returns the width of the features that stand for a diffusion time. */
    int freqDim();

    /**
     * Computes on the host what the network reads in place of diffusion times.
     *
     * @param times 0 .. 1000, one per batch entry
     * @return {@code [times, freqDim]}, row by row
     */
    float[] timeFeatures(float[] times);

    /**
     * Computes what depends on the conditions alone, once for all steps.
     *
     * @param a owns the result's tensors and must stay open as long as it is used
     * @param texts one per batch entry, each {@code [rows, textDim]}
     * @param image {@code [batch, rows, clipDim]}, or batch 1 to be shared by all entries; null without an image
     */
    Prepared prepare(Arena a, List<Tensor> texts, Tensor image);

    /** Tells whether other ranks take part in every call. */
    boolean isShared();

    /** Tells whether parameters come to the backend while the network runs, so that no two steps are the same work. */
    boolean isStreamed();

    /** The network with its conditions. */
    interface Prepared {
        /**
         * Predicts the velocity {@code noise - data}.
         *
         * @param x {@code [batch, frames, height, width, channels]}
         * @param times {@code [batch, freqDim]} F32, from {@link Transformer#timeFeatures}
         * @param shortcut stands in for work that it knows not to be needed
         * @return {@code [batch, frames, height, width, outDim]} F32
         */
        Tensor forward(Arena a, Tensor x, Tensor times, Shortcut shortcut);
    }

    /**
     * Stands in for all blocks of a transformer, or for single ones, at steps where it can. One object serves one run of the sampling
     * loop, step after step.
     */
    interface Shortcut extends AutoCloseable {
        /** Lets every block run. */
        Shortcut NONE = new Shortcut() {};

        /** Makes the shortcut of one run. */
        @FunctionalInterface
        interface Factory {
            /** Makes none. */
            Factory NONE = (a, steps) -> Shortcut.NONE;

            /**
             * Makes a shortcut at its first step.
             *
             * @param a may own what the shortcut remembers and stays open until it is closed
             * @param steps of the run
             */
            Shortcut of(Arena a, int steps);
        }

        /** Hears, before a step, how many branches of guidance it has: what was computed for another number is of no use. */
        default void branches(int count) {}

        /**
         * Decides about all blocks, at every step.
         *
         * @param modulation what the time does to every block's inputs, {@code [batch, 6, dim]} F32
         * @param tokens embedded, {@code [batch, tokens, dim]} F32
         * @return what to add to the tokens in place of the blocks, or null to run them
         */
        default Tensor residual(Tensor modulation, Tensor tokens) {
            return null;
        }

        /** Hears that the blocks ran. @param result of the last one */
        default void ran(Tensor result) {}

        /**
         * Decides about one block, at every step that runs the blocks.
         *
         * @param a for tensors that live as long as the result
         * @param layer 1 .. layers
         * @param input the block's input, {@code [batch, tokens, dim]} F32
         * @return what to add to the input in place of the block, or null to run it
         */
        default Tensor blockResidual(Arena a, int layer, Tensor input) {
            return null;
        }

        /** Hears that a block ran. @param layer 1 .. layers */
        default void blockRan(int layer, Tensor input, Tensor result) {}

        /** Returns the steps so far whose blocks did not run, for the report. */
        default int skippedSteps() {
            return 0;
        }

        /** Frees what is remembered. */
        @Override
        default void close() {}
    }
}
