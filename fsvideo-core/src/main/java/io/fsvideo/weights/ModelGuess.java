package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which model a set of tensors is, by names of whatever {@link Dialect} and by shapes, which also tell sizes and, where they differ, the variant.
 * What is alike in names and shapes cannot be told apart: Wan2.1's 480P from its 720P, one expert of Wan2.2 from the other.
 */
public final class ModelGuess {
    /** What {@link #of} says of tensors that belong to no model known here. */
    public static final String UNKNOWN = "no model known here";

    private static final Pattern BLOCK = Pattern.compile("(?:blocks|transformer)\\.(\\d+)\\..*");
    private static final String QUERIES = "blocks.0.self_attn.q.weight";
    private static final String PATCHES = "patch_embedding.weight";
    private static final List<String> LORA =
            List.of(".lora_A.weight", ".lora_A.default.weight", ".lora_down.weight", ".lora_down");

    /** Modules that only some relatives of Wan have, and what those are called. */
    private static final Map<String, String> RELATIVES = relatives();

    private final Map<String, Shape> shapes;
    private final Dialect dialect;

    private ModelGuess(Map<String, Shape> shapes, Dialect dialect) {
        this.shapes = shapes;
        this.dialect = dialect;
    }

    private static Map<String, String> relatives() {
        Map<String, String> relatives = new LinkedHashMap<>();
        relatives.put("vace_blocks.", "VACE");
        relatives.put("casual_audio_encoder.", "S2V");
        relatives.put("face_adapter.", "Animate");
        relatives.put("audio_proj.", "InfiniteTalk or MultiTalk");
        relatives.put("control_adapter.", "Fun camera control");
        relatives.put("ref_conv.", "Fun control");
        return relatives;
    }

    /** One line for people: model, variant and sizes. */
    public static String of(Map<String, Shape> stored) {
        Renaming renaming = Renaming.of("checkpoint", stored);
        String guess = new ModelGuess(renaming.shapes(), renaming.dialect()).guess();
        return guess.equals(UNKNOWN) ? new ModelGuess(stored, Dialect.UPSTREAM).other() : guess;
    }

    private String guess() {
        if (has(QUERIES)) {
            return transformer();
        }
        if (has("token_embedding.weight") && has("blocks.0.attn.q.weight")) {
            return "umT5 encoder, vocabulary " + dim("token_embedding.weight", 0) + ", dim "
                    + dim("token_embedding.weight", 1) + ", " + blocks("blocks") + " layers" + inNames();
        }
        if (has("visual.patch_embedding.weight")) {
            return "CLIP vision tower, dim " + dim("visual.patch_embedding.weight", 0) + ", patch "
                    + dim("visual.patch_embedding.weight", -1) + ", " + blocks("visual.transformer") + " layers"
                    + inNames();
        }
        if (has("proj_in.weight") && has("proj_out.weight")) {
            return "FSVideo latent upsampler, " + dim("proj_out.weight", 0) + " latent channels";
        }
        return autoencoder();
    }

    private String inNames() {
        return dialect == Dialect.UPSTREAM ? "" : ", names of " + dialect;
    }

    private String transformer() {
        Shape patch = shapes.getOrDefault(PATCHES, Shape.of(0, 0, 0, 0, 0));
        boolean whole = patch.rank() == 5;
        String out = whole
                ? ", in " + patch.dim(1) + ", patch (" + patch.dim(2) + ", " + patch.dim(3) + ", " + patch.dim(4)
                        + "), out "
                        + dim("head.head.weight", 0) / Math.max(1, patch.dim(2) * patch.dim(3) * patch.dim(4))
                : "";
        return variant(whole ? patch.dim(1) : 0) + (has("img_emb.proj.1.weight") ? ", image to video" : "") + ", dim "
                + dim(QUERIES, 0) + ", ffn " + dim("blocks.0.ffn.0.weight", 0) + ", " + blocks("blocks") + " layers"
                + out + inNames();
    }

    private String variant(long in) {
        if (has("blocks.1.self_attn.router.weight")) {
            return "FSVideo transformer with layer memory";
        }
        long dim = dim(QUERIES, 0);
        String size = dim == 5120 ? "14B" : dim == 1536 ? "1.3B" : "";
        for (Map.Entry<String, String> relative : RELATIVES.entrySet()) {
            if (shapes.keySet().stream().anyMatch(name -> name.startsWith(relative.getKey()))) {
                return "Wan " + relative.getValue() + (size.isEmpty() ? "" : " " + size)
                        + " transformer, which does not run here";
            }
        }
        boolean image = has("img_emb.proj.1.weight");
        if (dim == 3072 && in == 48) {
            return "Wan2.2 TI2V-5B transformer";
        }
        if (size.isEmpty()) {
            return in == 36 && !image ? "Wan2.2 transformer (one expert), image to video" : "Wan2.1 transformer";
        }
        if (in == 16) {
            return dim == 1536
                    ? "Wan2.1 T2V-1.3B transformer"
                    : "Wan2.1 T2V-14B transformer or one expert of Wan2.2 T2V-A14B, which are alike";
        }
        if (in == 36 && has("img_emb.emb_pos")) {
            return "Wan2.1 FLF2V-" + size + " transformer";
        }
        if (in == 36 && image) {
            return "Wan2.1 I2V-" + size + " transformer" + (dim == 5120 ? ", 480P or 720P, which are alike" : "");
        }
        return in == 36
                ? "one expert of Wan2.2 I2V-A14B, high or low noise, which are alike"
                : "Wan transformer of a kind not known here";
    }

    private String autoencoder() {
        if (has("decoder.middle.0.residual.0.gamma") && has("conv2.weight")) {
            long channels = dim("conv2.weight", 0);
            return (channels == 48 ? "Wan2.2" : "Wan2.1") + " autoencoder, " + channels + " latent channels"
                    + inNames();
        }
        String in = has("decoder.project_in.main.conv.weight")
                ? "decoder.project_in.main.conv.weight"
                : "decoder.project_in.conv.weight";
        if (!has(in)) {
            return UNKNOWN;
        }
        boolean features = shapes.keySet().stream().anyMatch(key -> key.startsWith("decoder.cross_attention."));
        boolean frames = shapes.get(in).rank() == 5;
        String kind = features ? "FSVideo autoencoder" : frames ? "DC-AE-V" : "DC-AE";
        return kind + ", " + dim(in, 1) + " latent channels" + inNames();
    }

    /** What is no part of a model by itself. */
    private String other() {
        for (String name : shapes.keySet()) {
            if (LORA.stream().anyMatch(name::endsWith)) {
                Shape down = shapes.get(name);
                return "LoRA of rank " + (down.rank() == 0 ? 0 : down.dim(0))
                        + ", which is merged with: fsvideo weights lora";
            }
        }
        boolean several = List.of("model.diffusion_model.", "text_encoders.", "vae.").stream()
                        .filter(prefix -> shapes.keySet().stream().anyMatch(name -> name.startsWith(prefix)))
                        .count()
                > 1;
        return several ? "several parts of a model in one file; a file of each part opens" : UNKNOWN;
    }

    private boolean has(String key) {
        return shapes.containsKey(key);
    }

    private long dim(String key, int axis) {
        Shape shape = shapes.get(key);
        int at = shape == null ? 0 : axis < 0 ? shape.rank() + axis : axis;
        return shape == null || at < 0 || at >= shape.rank() ? 0 : shape.dim(at);
    }

    /** One more than the greatest number after the prefix. */
    private long blocks(String prefix) {
        long most = -1;
        for (String key : shapes.keySet()) {
            Matcher matcher = BLOCK.matcher(key.startsWith("visual.") ? key.substring("visual.".length()) : key);
            if (key.startsWith(prefix + ".")
                    && matcher.matches()
                    && matcher.group(1).length() < 7) {
                most = Math.max(most, Long.parseLong(matcher.group(1)));
            }
        }
        return most + 1;
    }
}
