package io.fsvideo.weights;

import java.nio.file.Path;

/**
 * A LoRA that is merged into a part's parameters while they are loaded, as {@code fsvideo weights lora} merges it into a copy.
 *
 * @param file safetensors, under any of the names that are published
 * @param strength factor of the whole change, 1 for what was trained
 */
public record Lora(Path file, double strength) {
    /** @throws WeightsException when the strength is not a finite number */
    public Lora {
        if (!Double.isFinite(strength)) {
            throw new WeightsException("lora: strength of " + file + " must be finite, got " + strength);
        }
    }
}
