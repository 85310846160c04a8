package io.fsvideo.model;

import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The encoder's view of a clip's first frame, for the decoder's cross attention.
 *
 * @param byStage {@code [batch, 1, height, width, channels]} by encoder stage
 * @since 0.1
 */
public record Features(SortedMap<Integer, Tensor> byStage) {
    public Features(Map<Integer, Tensor> byStage) {
        this(Collections.unmodifiableSortedMap(new TreeMap<>(byStage)));
    }

    public Features {
        byStage.forEach((stage, feature) -> {
            if (feature.rank() != 5 || feature.dim(1) != 1) {
                throw new ShapeException(
                        "features: stage " + stage + " must be [batch, 1, height, width, channels], got " + feature);
            }
        });
    }
}
