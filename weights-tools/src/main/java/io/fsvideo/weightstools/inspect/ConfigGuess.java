package io.fsvideo.weightstools.inspect;

import io.fsvideo.tensor.Shape;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which model a set of tensors is, by upstream's parameter names, with the sizes that their shapes show. */
public final class ConfigGuess {
    private static final Pattern BLOCK = Pattern.compile("(?:blocks|transformer)\\.(\\d+)\\..*");

    private final Map<String, Shape> shapes = new TreeMap<>();

    private ConfigGuess(List<StoredInfo> tensors) {
        tensors.forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
    }

    /** A line per part of a model directory, one line for anything else. */
    public static List<String> of(List<StoredInfo> tensors) {
        Map<String, List<StoredInfo>> parts = new TreeMap<>();
        for (StoredInfo tensor : tensors) {
            int slash = tensor.name().indexOf('/');
            String part = slash < 0 ? "" : tensor.name().substring(0, slash);
            StoredInfo inside =
                    new StoredInfo(tensor.name().substring(slash + 1), tensor.type(), tensor.shape(), tensor.bytes());
            parts.computeIfAbsent(part, p -> new ArrayList<>()).add(inside);
        }
        return parts.entrySet().stream()
                .map(part -> (part.getKey().isEmpty() ? "" : part.getKey() + ": ")
                        + new ConfigGuess(part.getValue()).guess())
                .toList();
    }

    private String guess() {
        if (has("blocks.0.self_attn.q.weight")) {
            return transformer();
        }
        if (has("transformer_blocks.0.attn1.to_q.weight") || has("blocks.0.attn1.to_q.weight")) {
            return "Wan2.1 transformer in Diffusers' names, dim " + dim("blocks.0.attn1.to_q.weight", 0) + ", "
                    + blocks("blocks") + " layers";
        }
        if (has("token_embedding.weight") && has("blocks.0.attn.q.weight")) {
            return "umT5 encoder, vocabulary " + dim("token_embedding.weight", 0) + ", dim "
                    + dim("token_embedding.weight", 1) + ", " + blocks("blocks") + " layers";
        }
        if (has("visual.patch_embedding.weight")) {
            return "CLIP vision tower, dim " + dim("visual.patch_embedding.weight", 0) + ", patch "
                    + dim("visual.patch_embedding.weight", -1) + ", " + blocks("visual.transformer") + " layers";
        }
        if (has("proj_in.weight") && has("proj_out.weight")) {
            return "FSVideo latent upsampler, " + dim("proj_out.weight", 0) + " latent channels";
        }
        return autoencoder();
    }

    private String transformer() {
        boolean router = has("blocks.1.self_attn.router.weight");
        Shape patch = shapes.getOrDefault("patch_embedding.weight", Shape.of(0, 0, 0, 0, 0));
        String kind = router ? "FSVideo transformer with layer memory" : "Wan2.1 transformer";
        return kind + (has("img_emb.proj.1.weight") ? ", image to video" : "") + ", dim "
                + dim("blocks.0.self_attn.q.weight", 0) + ", ffn " + dim("blocks.0.ffn.0.weight", 0) + ", "
                + blocks("blocks") + " layers, in " + patch.dim(1) + ", patch (" + patch.dim(2) + ", " + patch.dim(3)
                + ", " + patch.dim(4) + "), out "
                + dim("head.head.weight", 0) / Math.max(1, patch.dim(2) * patch.dim(3) * patch.dim(4));
    }

    private String autoencoder() {
        if (has("decoder.middle.0.residual.0.gamma") && has("conv2.weight")) {
            return "Wan2.1 autoencoder, " + dim("conv2.weight", 0) + " latent channels";
        }
        String in = has("decoder.project_in.main.conv.weight")
                ? "decoder.project_in.main.conv.weight"
                : "decoder.project_in.conv.weight";
        if (!has(in)) {
            return "no model known here";
        }
        boolean features = shapes.keySet().stream().anyMatch(key -> key.startsWith("decoder.cross_attention."));
        boolean frames = shapes.get(in).rank() == 5;
        String kind = features ? "FSVideo autoencoder" : frames ? "DC-AE-V" : "DC-AE";
        return kind + ", " + dim(in, 1) + " latent channels";
    }

    private boolean has(String key) {
        return shapes.containsKey(key);
    }

    private long dim(String key, int axis) {
        Shape shape = shapes.get(key);
        return shape == null ? 0 : shape.dim(axis < 0 ? shape.rank() + axis : axis);
    }

    /** One more than the greatest number after the prefix. */
    private long blocks(String prefix) {
        long most = -1;
        for (String key : shapes.keySet()) {
            Matcher matcher = BLOCK.matcher(key.startsWith("visual.") ? key.substring("visual.".length()) : key);
            if (key.startsWith(prefix + ".") && matcher.matches()) {
                most = Math.max(most, Long.parseLong(matcher.group(1)));
            }
        }
        return most + 1;
    }
}
