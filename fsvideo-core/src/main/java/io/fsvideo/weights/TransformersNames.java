package io.fsvideo.weights;

import java.util.Set;

/** Transformers' names of Wan's encoders (modeling_umt5.py and modeling_clip.py there), and llama.cpp's. No tensor is transposed. */
final class TransformersNames {
    private static final String LIBRARY = "Transformers";
    private static final String SHARED = "shared.weight";

    private TransformersNames() {}

    /** UMT5EncoderModel; its token table has two names, of which files hold one or both. */
    static NameTable umt5(Set<String> names) {
        NameTable table = new NameTable(LIBRARY);
        if (names.contains(SHARED)) {
            table.leaveOut("encoder.embed_tokens.weight");
        }
        String block = "encoder.block.*.layer.";
        for (String projection : new String[] {"q", "k", "v", "o"}) {
            table.module(block + "0.SelfAttention." + projection, "blocks.*.attn." + projection);
        }
        return table.parameter(SHARED, "token_embedding.weight")
                .parameter("encoder.embed_tokens.weight", "token_embedding.weight")
                .module(block + "0.SelfAttention.relative_attention_bias", "blocks.*.pos_embedding.embedding")
                .module(block + "0.layer_norm", "blocks.*.norm1")
                .module(block + "1.DenseReluDense.wi_0", "blocks.*.ffn.gate.0")
                .module(block + "1.DenseReluDense.wi_1", "blocks.*.ffn.fc1")
                .module(block + "1.DenseReluDense.wo", "blocks.*.ffn.fc2")
                .module(block + "1.layer_norm", "blocks.*.norm2")
                .module("encoder.final_layer_norm", "norm");
    }

    /** What llama.cpp makes of UMT5EncoderModel; files of a whole T5 hold a decoder, too, which is refused by its names. */
    static NameTable llamaUmt5() {
        NameTable table = new NameTable("llama.cpp");
        for (String projection : new String[] {"q", "k", "v", "o"}) {
            table.module("enc.blk.*.attn_" + projection, "blocks.*.attn." + projection);
        }
        return table.module("token_embd", "token_embedding")
                .module("enc.blk.*.attn_rel_b", "blocks.*.pos_embedding.embedding")
                .module("enc.blk.*.attn_norm", "blocks.*.norm1")
                .module("enc.blk.*.ffn_gate", "blocks.*.ffn.gate.0")
                .module("enc.blk.*.ffn_up", "blocks.*.ffn.fc1")
                .module("enc.blk.*.ffn_down", "blocks.*.ffn.fc2")
                .module("enc.blk.*.ffn_norm", "blocks.*.norm2")
                .module("enc.output_norm", "norm");
    }

    /** CLIPVisionModel, with projection or without; queries, keys and values are three tensors there and one here. */
    static NameTable clipVision() {
        NameTable table = new NameTable(LIBRARY)
                .leaveOut("vision_model.embeddings.position_ids")
                .parameter("vision_model.embeddings.class_embedding", "visual.cls_embedding", 2)
                .parameter("vision_model.embeddings.position_embedding.weight", "visual.pos_embedding", 1)
                .module("vision_model.embeddings.patch_embedding", "visual.patch_embedding")
                .module("vision_model.pre_layrnorm", "visual.pre_norm")
                .module("vision_model.post_layernorm", "visual.post_norm")
                .module("visual_projection", "visual.head");
        String layer = "vision_model.encoder.layers.*.";
        String ours = "visual.transformer.*.";
        String[] projections = {"q", "k", "v"};
        for (int i = 0; i < projections.length; i++) {
            table.module(layer + "self_attn." + projections[i] + "_proj", ours + "attn.to_qkv", i, projections.length);
        }
        return table.module(layer + "self_attn.out_proj", ours + "attn.proj")
                .module(layer + "layer_norm1", ours + "norm1")
                .module(layer + "layer_norm2", ours + "norm2")
                .module(layer + "mlp.fc1", ours + "mlp.0")
                .module(layer + "mlp.fc2", ours + "mlp.2");
    }
}
