package io.fsvideo.weightstools.inspect;

import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.ModelGuess;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which models the parts of a checkpoint are. */
public final class ConfigGuess {
    private ConfigGuess() {}

    /** A line per part of a model directory, one line for anything else. */
    public static List<String> of(List<StoredInfo> tensors) {
        Map<String, Map<String, Shape>> parts = new TreeMap<>();
        for (StoredInfo tensor : tensors) {
            int slash = tensor.name().indexOf('/');
            String part = slash < 0 ? "" : tensor.name().substring(0, slash);
            parts.computeIfAbsent(part, p -> new TreeMap<>()).put(tensor.name().substring(slash + 1), tensor.shape());
        }
        return parts.entrySet().stream()
                .map(part -> (part.getKey().isEmpty() ? "" : part.getKey() + ": ") + ModelGuess.of(part.getValue()))
                .toList();
    }
}
