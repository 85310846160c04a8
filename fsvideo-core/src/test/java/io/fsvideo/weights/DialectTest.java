package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of Diffusers and Transformers, spelt out where the tables could go wrong. */
class DialectTest {
    private static final String UP = "decoder.up_blocks.";

    private static Renaming renaming(String... names) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        List.of(names).forEach(name -> shapes.put(name, Shape.of(2, 3)));
        return Renaming.of("file", shapes);
    }

    private static List<String> ours(String... names) {
        return List.copyOf(renaming(names).parameters().keySet());
    }

    @ParameterizedTest
    @CsvSource({
        "blocks.39.norm2.bias,                              blocks.39.norm3.bias",
        "blocks.0.attn2.to_out.0.weight,                    blocks.0.cross_attn.o.weight",
        "blocks.7.attn2.norm_added_k.weight,                blocks.7.cross_attn.norm_k_img.weight",
        "blocks.7.scale_shift_table,                        blocks.7.modulation",
        "scale_shift_table,                                 head.modulation",
        "condition_embedder.image_embedder.pos_embed,       img_emb.emb_pos",
        "condition_embedder.image_embedder.ff.net.2.weight, img_emb.proj.3.weight",
        "blocks.7.norm3.bias,                               blocks.7.norm3.bias (not a name of Diffusers)"
    })
    void transformer(String theirs, String ours) {
        assertEquals(
                List.of("time_embedding.0.bias", ours), ours("condition_embedder.time_embedder.linear_1.bias", theirs));
    }

    /** Two residual blocks make three per resolution of the decoder, and then its upsampler: rows of four. */
    @Test
    void autoencoder() {
        assertEquals(
                List.of(
                        "conv2.weight",
                        "decoder.upsamples.14.residual.6.weight",
                        "decoder.upsamples.4.shortcut.bias",
                        "decoder.upsamples.11.resample.1.weight",
                        "decoder.upsamples.7.time_conv.bias",
                        "encoder.downsamples.5.time_conv.bias",
                        "encoder.middle.2.residual.3.gamma",
                        "decoder.middle.1.to_qkv.weight",
                        "decoder.head.0.gamma"),
                ours(
                        "post_quant_conv.weight",
                        UP + "3.resnets.2.conv2.weight",
                        UP + "1.resnets.0.conv_shortcut.bias",
                        UP + "2.upsamplers.0.resample.1.weight",
                        UP + "1.upsamplers.0.time_conv.bias",
                        "encoder.down_blocks.5.time_conv.bias",
                        "encoder.mid_block.resnets.1.norm2.gamma",
                        "decoder.mid_block.attentions.0.to_qkv.weight",
                        "decoder.norm_out.gamma"));
    }

    /** The two ways that published DC-AEs begin, end and go down. */
    @Test
    void dcAe() {
        String mark = "encoder.down_blocks.2.0.norm.weight";
        String marked = "encoder.stages.2.op_list.0.main.conv2.norm.weight";
        assertEquals(
                List.of(marked, "encoder.project_in.conv.weight", "encoder.stages.1.op_list.2.main.conv.bias"),
                ours(mark, "encoder.conv_in.weight", "encoder.down_blocks.1.2.conv.bias"));
        assertEquals(
                List.of(
                        marked,
                        "encoder.project_in.conv.conv.weight",
                        "encoder.stages.1.op_list.4.main.conv.conv.bias",
                        "decoder.stages.1.op_list.0.main.conv.conv.bias",
                        "decoder.project_out.op_list.2.conv.conv.weight",
                        "decoder.stages.1.op_list.3.main.conv2.norm.running_var"),
                ours(
                        mark,
                        "encoder.conv_in.conv.weight",
                        "encoder.down_blocks.1.4.conv.bias",
                        "decoder.up_blocks.1.0.conv.bias",
                        "decoder.conv_out.conv.weight",
                        "decoder.up_blocks.1.3.norm.running_var"));
        String attention = "decoder.up_blocks.5.0.attn.";
        Renaming renaming = renaming(
                mark,
                attention + "to_k.weight",
                attention + "to_q.weight",
                attention + "to_v.weight",
                attention + "to_out.weight");
        assertEquals(
                Shape.of(6, 3, 1, 1),
                renaming.shapes().get("decoder.stages.5.op_list.0.context_module.main.qkv.conv.weight"));
        assertEquals(
                Shape.of(2, 3, 1, 1),
                renaming.shapes().get("decoder.stages.5.op_list.0.context_module.main.proj.conv.weight"));
        assertEquals(Dialect.DIFFUSERS_DC_AE, renaming.dialect());
    }

    @Test
    void umt5HasOneTokenTableUnderTwoNames() {
        String bias = "encoder.block.23.layer.0.SelfAttention.relative_attention_bias.weight";
        String embedding = "blocks.23.pos_embedding.embedding.weight";
        assertEquals(
                List.of("token_embedding.weight", embedding),
                ours("shared.weight", "encoder.embed_tokens.weight", bias));
        assertEquals(List.of("token_embedding.weight", embedding), ours("encoder.embed_tokens.weight", bias));
        assertEquals(Dialect.TRANSFORMERS_UMT5, renaming(bias).dialect());
    }

    @Test
    void umt5OfLlamaCpp() {
        assertEquals(
                List.of(
                        "blocks.7.attn.o.weight",
                        "token_embedding.weight",
                        "blocks.7.pos_embedding.embedding.weight",
                        "blocks.7.norm1.weight",
                        "blocks.7.ffn.gate.0.weight",
                        "blocks.7.ffn.fc1.weight",
                        "blocks.7.ffn.fc2.weight",
                        "blocks.7.norm2.weight",
                        "norm.weight"),
                ours(
                        "enc.blk.7.attn_o.weight",
                        "token_embd.weight",
                        "enc.blk.7.attn_rel_b.weight",
                        "enc.blk.7.attn_norm.weight",
                        "enc.blk.7.ffn_gate.weight",
                        "enc.blk.7.ffn_up.weight",
                        "enc.blk.7.ffn_down.weight",
                        "enc.blk.7.ffn_norm.weight",
                        "enc.output_norm.weight"));
    }

    /** Scales that have lost their values are refused where they are read. */
    @Test
    void scalesGoWithTheirValues() {
        String q = "blocks.3.attn1.to_q.weight";
        String mark = "condition_embedder.time_proj.bias";
        assertEquals(
                List.of("time_projection.1.bias", "blocks.3.self_attn.q.weight", "blocks.3.self_attn.q.weight_scale"),
                ours(mark, q, q + "_scale"));
        assertEquals(
                List.of("time_projection.1.bias", q + "_scale (not a name of Diffusers)"), ours(mark, q + "_scale"));
    }

    @Test
    void clipsProjectionsFollowEachOtherWhateverTheirOrder() {
        String attention = "vision_model.encoder.layers.3.self_attn.";
        Renaming renaming = renaming(
                attention + "v_proj.weight",
                attention + "q_proj.weight",
                attention + "k_proj.weight",
                "vision_model.embeddings.position_ids",
                "vision_model.embeddings.position_embedding.weight");
        Renaming.Parameter qkv = renaming.parameters().get("visual.transformer.3.attn.to_qkv.weight");
        assertEquals(Shape.of(6, 3), qkv.shape());
        assertEquals(
                List.of(attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight"),
                qkv.stored());
        assertEquals(Shape.of(1, 2, 3), renaming.shapes().get("visual.pos_embedding"));
        assertEquals(2, renaming.parameters().size());
        Renaming part = renaming(attention + "v_proj.weight");
        assertEquals(Shape.of(2, 3), part.shapes().get("visual.transformer.3.attn.to_qkv.weight"), "two are missing");
    }

    @Test
    void ourOwnNamesStay() {
        Renaming renaming = renaming("blocks.0.norm3.bias", "head.modulation");
        assertEquals(Dialect.UPSTREAM, renaming.dialect());
        assertEquals(
                List.of("blocks.0.norm3.bias", "head.modulation"),
                List.copyOf(renaming.parameters().keySet()));
    }
}
