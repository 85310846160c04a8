package io.fsvideo.weightstools.lora;

import io.fsvideo.weights.Dialect;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a name in a LoRA file means.
 *
 * @param weight the parameter it belongs to, by our name
 */
record LoraName(String weight, Role role) {
    private static final List<Dialect> TRANSFORMERS = List.of(Dialect.UPSTREAM, Dialect.DIFFUSERS_WAN);

    enum Role {
        /** {@code [rank, in]}. */
        DOWN,
        /** {@code [out, rank]}. */
        UP,
        ALPHA
    }

    private static final String KOHYA = "lora_unet_";
    private static final List<String> PREFIXES =
            List.of("base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer.");
    private static final Map<String, Role> SUFFIXES = Map.of(
            ".lora_A.weight", Role.DOWN,
            ".lora_A.default.weight", Role.DOWN,
            ".lora_down.weight", Role.DOWN,
            ".lora_B.weight", Role.UP,
            ".lora_B.default.weight", Role.UP,
            ".lora_up.weight", Role.UP,
            ".alpha", Role.ALPHA);

    /**
     * Reads a name of kohya's ({@code lora_unet_blocks_0_self_attn_q.lora_down.weight}), PEFT's or Diffusers' dialect.
     *
     * @param weights the model's parameters by their names with underscores for dots
     * @return empty where it means none of the model's parameters
     */
    static Optional<LoraName> of(String name, Map<String, String> weights) {
        for (Map.Entry<String, Role> suffix : SUFFIXES.entrySet()) {
            if (name.endsWith(suffix.getKey())) {
                String module =
                        name.substring(0, name.length() - suffix.getKey().length());
                return weight(module, weights).map(weight -> new LoraName(weight, suffix.getValue()));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> weight(String module, Map<String, String> weights) {
        if (module.startsWith(KOHYA)) {
            return Optional.ofNullable(weights.get(module.substring(KOHYA.length()) + "_weight"));
        }
        String plain = module;
        for (String prefix : PREFIXES) {
            plain = plain.startsWith(prefix) ? plain.substring(prefix.length()) : plain;
        }
        for (Dialect dialect : TRANSFORMERS) {
            String ours = dialect.ours(plain + ".weight");
            if (ours.equals(weights.get(ours.replace('.', '_')))) {
                return Optional.of(ours);
            }
        }
        return Optional.empty();
    }
}
