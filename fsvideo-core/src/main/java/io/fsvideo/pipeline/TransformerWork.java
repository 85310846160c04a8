package io.fsvideo.pipeline;

import io.fsvideo.Parallel;
import java.util.List;

/**
 * The work that one transformer does for one video, counted for the prediction of what several devices gain. Numbers of one step mean
 * all branches of guidance together.
 *
 * @since 0.1
 */
public interface TransformerWork {
    /** Returns which part of the model it is. */
    Part part();

    /** Returns the number of the solver's steps. */
    int steps();

    /** Returns how many branches of guidance a step runs: 1 or 2. */
    int branches();

    /** Tells whether a request can give it a second branch of guidance. */
    boolean isGuidable();

    /** Tells whether so many ranks can share the transformer in this way, {@link Parallel#AUTO} never. */
    boolean canShare(Parallel way, int ranks);

    /** Returns what limits the number of ranks, for messages: {@code 40 heads}. */
    String limits();

    /** Returns the floating-point operations of a step in products that tensor parallelism splits. */
    double splitFlops();

    /** Returns the floating-point operations of a step in products that every rank of tensor parallelism does. */
    double wholeFlops();

    /** Returns the bytes that a step reads and writes outside products. */
    double memoryBytes();

    /** Returns the bytes of one hidden state, all tokens together. */
    double mapBytes();

    /** Returns the bytes of the predicted velocity. */
    double predictionBytes();

    /** Returns the tokens of all branches. */
    double rows();

    /** Returns the number of layers. */
    int layers();

    /** Returns, for each product of a layer behind which tensor parallelism adds over the ranks, its multiply-adds. */
    List<Double> summedProducts();
}
