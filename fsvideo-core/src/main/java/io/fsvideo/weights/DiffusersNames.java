package io.fsvideo.weights;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Diffusers' names of Wan's parts (scripts/convert_wan_to_diffusers.py and autoencoder_kl_wan.py there). No tensor is transposed. */
final class DiffusersNames {
    private static final String LIBRARY = "Diffusers";
    private static final Pattern RESNET = Pattern.compile("decoder\\.up_blocks\\.(\\d+)\\.resnets\\.(\\d+)\\..*");

    private DiffusersNames() {}

    /** WanTransformer3DModel. Of its norms those without parameters are norm1 and norm3, so theirs and ours are swapped. */
    static NameTable transformer() {
        String image = "condition_embedder.image_embedder.";
        NameTable table = new NameTable(LIBRARY)
                .module("patch_embedding", "patch_embedding")
                .module("condition_embedder.time_embedder.linear_1", "time_embedding.0")
                .module("condition_embedder.time_embedder.linear_2", "time_embedding.2")
                .module("condition_embedder.time_proj", "time_projection.1")
                .module("condition_embedder.text_embedder.linear_1", "text_embedding.0")
                .module("condition_embedder.text_embedder.linear_2", "text_embedding.2")
                .module(image + "norm1", "img_emb.proj.0")
                .module(image + "ff.net.0.proj", "img_emb.proj.1")
                .module(image + "ff.net.2", "img_emb.proj.3")
                .module(image + "norm2", "img_emb.proj.4")
                .parameter(image + "pos_embed", "img_emb.emb_pos")
                .parameter("scale_shift_table", "head.modulation")
                .module("proj_out", "head.head")
                .parameter("blocks.*.scale_shift_table", "blocks.*.modulation")
                .module("blocks.*.norm2", "blocks.*.norm3")
                .module("blocks.*.ffn.net.0.proj", "blocks.*.ffn.0")
                .module("blocks.*.ffn.net.2", "blocks.*.ffn.2");
        attention(table, "blocks.*.attn1.", "blocks.*.self_attn.");
        attention(table, "blocks.*.attn2.", "blocks.*.cross_attn.");
        return table.module("blocks.*.attn2.add_k_proj", "blocks.*.cross_attn.k_img")
                .module("blocks.*.attn2.add_v_proj", "blocks.*.cross_attn.v_img")
                .module("blocks.*.attn2.norm_added_k", "blocks.*.cross_attn.norm_k_img");
    }

    private static void attention(NameTable table, String theirs, String ours) {
        table.module(theirs + "to_q", ours + "q")
                .module(theirs + "to_k", ours + "k")
                .module(theirs + "to_v", ours + "v")
                .module(theirs + "to_out.0", ours + "o")
                .module(theirs + "norm_q", ours + "norm_q")
                .module(theirs + "norm_k", ours + "norm_k");
    }

    /** AutoencoderKLWan. The encoder's blocks are numbered as ours, the decoder's by resolution. */
    static NameTable autoencoder(Set<String> names) {
        NameTable table = new NameTable(LIBRARY).module("quant_conv", "conv1").module("post_quant_conv", "conv2");
        for (String half : new String[] {"encoder.", "decoder."}) {
            table.module(half + "conv_in", half + "conv1")
                    .module(half + "norm_out", half + "head.0")
                    .module(half + "conv_out", half + "head.2")
                    .module(half + "mid_block.attentions.0.norm", half + "middle.1.norm")
                    .module(half + "mid_block.attentions.0.to_qkv", half + "middle.1.to_qkv")
                    .module(half + "mid_block.attentions.0.proj", half + "middle.1.proj");
            resnet(table, half + "mid_block.resnets.0.", half + "middle.0.");
            resnet(table, half + "mid_block.resnets.1.", half + "middle.2.");
        }
        resnet(table, "encoder.down_blocks.*.", "encoder.downsamples.*.");
        resample(table, "encoder.down_blocks.*.", "encoder.downsamples.*.");
        upBlocks(table, names);
        return table;
    }

    /** A resolution of ours is its residual blocks and then its upsampler, all in one row of numbers. */
    private static void upBlocks(NameTable table, Set<String> names) {
        int block = 0;
        int resnet = 0;
        for (String name : names) {
            Matcher matcher = RESNET.matcher(name);
            if (matcher.matches()) {
                block = Math.max(block, Integer.parseInt(matcher.group(1)));
                resnet = Math.max(resnet, Integer.parseInt(matcher.group(2)));
            }
        }
        int row = resnet + 2;
        for (int b = 0; b <= block; b++) {
            String theirs = "decoder.up_blocks." + b + ".";
            for (int r = 0; r <= resnet; r++) {
                resnet(table, theirs + "resnets." + r + ".", "decoder.upsamples." + (b * row + r) + ".");
            }
            resample(table, theirs + "upsamplers.0.", "decoder.upsamples." + (b * row + resnet + 1) + ".");
        }
    }

    private static void resnet(NameTable table, String theirs, String ours) {
        table.module(theirs + "norm1", ours + "residual.0")
                .module(theirs + "conv1", ours + "residual.2")
                .module(theirs + "norm2", ours + "residual.3")
                .module(theirs + "conv2", ours + "residual.6")
                .module(theirs + "conv_shortcut", ours + "shortcut");
    }

    private static void resample(NameTable table, String theirs, String ours) {
        table.module(theirs + "resample.1", ours + "resample.1").module(theirs + "time_conv", ours + "time_conv");
    }
}
