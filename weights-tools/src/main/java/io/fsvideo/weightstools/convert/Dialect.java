package io.fsvideo.weightstools.convert;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whose names a checkpoint uses. */
public enum Dialect {
    /** The names of the model's own authors, which are ours. */
    UPSTREAM {
        @Override
        public String ours(String name) {
            return name;
        }
    },

    /** Wan transformers as Diffusers stores them. Source: scripts/convert_wan_to_diffusers.py there, read backwards. */
    DIFFUSERS_WAN {
        @Override
        public String ours(String name) {
            for (Map.Entry<Pattern, String> rule : DIFFUSERS.entrySet()) {
                Matcher matcher = rule.getKey().matcher(name);
                if (matcher.matches()) {
                    return matcher.replaceFirst(rule.getValue());
                }
            }
            return name + " (not a name of Diffusers)";
        }
    };

    private static final String MARK = "condition_embedder.";
    private static final Map<Pattern, String> DIFFUSERS = diffusers();

    /** The name this library has for {@code name}. */
    public abstract String ours(String name);

    static Dialect of(Set<String> names) {
        return names.stream().anyMatch(name -> name.startsWith(MARK)) ? DIFFUSERS_WAN : UPSTREAM;
    }

    private static Map<Pattern, String> diffusers() {
        Map<Pattern, String> rules = new LinkedHashMap<>();
        put(rules, "patch_embedding", "patch_embedding");
        put(rules, "condition_embedder.time_embedder.linear_1", "time_embedding.0");
        put(rules, "condition_embedder.time_embedder.linear_2", "time_embedding.2");
        put(rules, "condition_embedder.time_proj", "time_projection.1");
        put(rules, "condition_embedder.text_embedder.linear_1", "text_embedding.0");
        put(rules, "condition_embedder.text_embedder.linear_2", "text_embedding.2");
        put(rules, "condition_embedder.image_embedder.norm1", "img_emb.proj.0");
        put(rules, "condition_embedder.image_embedder.ff.net.0.proj", "img_emb.proj.1");
        put(rules, "condition_embedder.image_embedder.ff.net.2", "img_emb.proj.3");
        put(rules, "condition_embedder.image_embedder.norm2", "img_emb.proj.4");
        rules.put(Pattern.compile("condition_embedder\\.image_embedder\\.pos_embed"), "img_emb.emb_pos");
        rules.put(Pattern.compile("scale_shift_table"), "head.modulation");
        put(rules, "proj_out", "head.head");
        rules.put(Pattern.compile("blocks\\.(\\d+)\\.scale_shift_table"), "blocks.$1.modulation");
        block(rules, "norm2", "norm3");
        block(rules, "ffn.net.0.proj", "ffn.0");
        block(rules, "ffn.net.2", "ffn.2");
        attention(rules, "attn1", "self_attn");
        attention(rules, "attn2", "cross_attn");
        block(rules, "attn2.add_k_proj", "cross_attn.k_img");
        block(rules, "attn2.add_v_proj", "cross_attn.v_img");
        block(rules, "attn2.norm_added_k", "cross_attn.norm_k_img");
        return rules;
    }

    private static void attention(Map<Pattern, String> rules, String theirs, String ours) {
        block(rules, theirs + ".to_q", ours + ".q");
        block(rules, theirs + ".to_k", ours + ".k");
        block(rules, theirs + ".to_v", ours + ".v");
        block(rules, theirs + ".to_out.0", ours + ".o");
        block(rules, theirs + ".norm_q", ours + ".norm_q");
        block(rules, theirs + ".norm_k", ours + ".norm_k");
    }

    private static void block(Map<Pattern, String> rules, String theirs, String ours) {
        rules.put(
                Pattern.compile("blocks\\.(\\d+)\\." + Pattern.quote(theirs) + "\\.(weight|bias)"),
                "blocks.$1." + ours + ".$2");
    }

    private static void put(Map<Pattern, String> rules, String theirs, String ours) {
        rules.put(Pattern.compile(Pattern.quote(theirs) + "\\.(weight|bias)"), ours + ".$1");
    }
}
