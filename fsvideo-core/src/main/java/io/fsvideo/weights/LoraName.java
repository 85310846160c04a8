package io.fsvideo.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What the names in a LoRA file mean to one model: kohya's names, with underscores or half dotted, PEFT's, Diffusers' and ComfyUI's. */
final class LoraName {
    /** What a tensor does to the parameter it belongs to. */
    enum Role {
        /** The factor {@code [rank, in]}. */
        DOWN,
        /** The factor {@code [out, rank]}. */
        UP,
        /** The bias of the factor {@code [out, rank]}, which is scaled as the product is. */
        UP_BIAS,
        /** The number that the product is scaled by, over the rank. */
        ALPHA,
        /** The length of each output's row after the merge (DoRA, arXiv 2402.09353). */
        MAGNITUDE,
        /** A difference of the whole parameter. */
        DIFFERENCE
    }

    /**
     * What one name means.
     *
     * @param parameter the model's parameter, by our name
     */
    record Meaning(String parameter, Role role) {}

    /** The ending of a name, and which parameter of the module it changes. */
    private record Ending(String parameter, Role role) {}

    private static final Map<String, Ending> ENDINGS = endings();
    private static final String KOHYA = "lora_unet_";
    private static final List<String> PREFIXES =
            List.of("base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer.");
    private static final List<Dialect> TRANSFORMERS = List.of(Dialect.UPSTREAM, Dialect.DIFFUSERS_WAN);

    /** Modules of image-to-video models, whose LoRAs are used with text-to-video models, too. */
    private static final Set<String> IMAGE_MODULES = Set.of("k_img", "v_img", "norm_k_img", "img_emb");

    private final Set<String> parameters;
    private final Map<String, String> underscored = new TreeMap<>();

    /** @param parameters the model's names */
    LoraName(Set<String> parameters) {
        this.parameters = parameters;
        parameters.forEach(parameter -> underscored.put(parameter.replace('.', '_'), parameter));
    }

    private static Map<String, Ending> endings() {
        Map<String, Ending> endings = new LinkedHashMap<>();
        for (String adapter : List.of("", ".default")) {
            endings.put(".lora_A" + adapter + ".weight", new Ending("weight", Role.DOWN));
            endings.put(".lora_B" + adapter + ".weight", new Ending("weight", Role.UP));
            endings.put(".lora_B" + adapter + ".bias", new Ending("bias", Role.UP_BIAS));
            endings.put(".lora_magnitude_vector" + adapter + ".weight", new Ending("weight", Role.MAGNITUDE));
        }
        endings.put(".lora_down.weight", new Ending("weight", Role.DOWN));
        endings.put(".lora_up.weight", new Ending("weight", Role.UP));
        endings.put(".alpha", new Ending("weight", Role.ALPHA));
        endings.put(".dora_scale", new Ending("weight", Role.MAGNITUDE));
        endings.put(".lora_magnitude_vector", new Ending("weight", Role.MAGNITUDE));
        endings.put(".diff", new Ending("weight", Role.DIFFERENCE));
        endings.put(".diff_b", new Ending("bias", Role.DIFFERENCE));
        endings.put(".diff_m", new Ending("modulation", Role.DIFFERENCE));
        return endings;
    }

    /** What a name means; empty where the model has no such module, or the module no such part. */
    Optional<Meaning> meaning(String name) {
        for (Map.Entry<String, Ending> ending : ENDINGS.entrySet()) {
            if (name.endsWith(ending.getKey())) {
                String module =
                        name.substring(0, name.length() - ending.getKey().length());
                Ending found = ending.getValue();
                return parameter(module, found.parameter()).map(ours -> new Meaning(ours, found.role()));
            }
        }
        return Optional.empty();
    }

    /**
     * Whether the model has the module that a name without a meaning speaks of: the name then says what to do to it in a way that is not known
     * here, and merging the rest would apply half of the file.
     */
    boolean isOfKnownModule(String name) {
        String path = name;
        for (int dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.')) {
            path = path.substring(0, dot);
            if (parameter(path, "weight").isPresent()
                    || parameter(path, "modulation").isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name belongs to modules that image-to-video models have and this model lacks without harm. */
    boolean isOfAbsentImageModule(String name) {
        String plain = withoutPrefixes(name);
        return IMAGE_MODULES.stream()
                        .anyMatch(module -> plain.contains("." + module + ".")
                                || plain.startsWith(module)
                                || plain.contains("_" + module + "."))
                && parameters.stream().noneMatch(parameter -> parameter.contains("k_img."));
    }

    private Optional<String> parameter(String module, String last) {
        if (module.startsWith(KOHYA)) {
            String joined = module.substring(KOHYA.length()).replace('.', '_');
            return Optional.ofNullable(underscored.get(joined + "_" + last));
        }
        String plain = withoutPrefixes(module);
        for (Dialect dialect : TRANSFORMERS) {
            String ours = dialect.ours(plain + "." + last);
            if (parameters.contains(ours)) {
                return Optional.of(ours);
            }
        }
        return Optional.empty();
    }

    private static String withoutPrefixes(String name) {
        String plain = name.startsWith(KOHYA) ? name.substring(KOHYA.length()) : name;
        for (String prefix : PREFIXES) {
            plain = plain.startsWith(prefix) ? plain.substring(prefix.length()) : plain;
        }
        return plain;
    }
}
