package io.fsvideo.weights;

import java.util.Set;

/** Diffusers' names of DC-AE (scripts/convert_dcae_to_diffusers.py and autoencoder_dc.py there). */
final class DcAeNames {
    private DcAeNames() {}

    /**
     * AutoencoderDC. Models whose first stage has no blocks begin and end with a step instead of a plain convolution; those that are
     * published so also go down by pixel unshuffle, whose convolution is a module of its own.
     */
    static NameTable autoencoder(Set<String> names) {
        boolean steps = names.contains("encoder.conv_in.conv.weight");
        NameTable table = new NameTable("Diffusers")
                .module("encoder.conv_out", "encoder.project_out.main.op_list.0.conv")
                .module("decoder.conv_in", "decoder.project_in.main.conv")
                .module("decoder.norm_out", "decoder.project_out.op_list.0");
        if (steps) {
            table.module("encoder.conv_in.conv", "encoder.project_in.conv.conv")
                    .module("decoder.conv_out.conv", "decoder.project_out.op_list.2.conv.conv");
        } else {
            table.module("encoder.conv_in", "encoder.project_in.conv")
                    .module("decoder.conv_out", "decoder.project_out.op_list.2.conv");
        }
        blocks(
                table,
                "encoder.down_blocks.*.*.",
                "encoder.stages.*.op_list.*.",
                steps ? "main.conv.conv" : "main.conv");
        blocks(table, "decoder.up_blocks.*.*.", "decoder.stages.*.op_list.*.", "main.conv.conv");
        return table;
    }

    private static void blocks(NameTable table, String theirs, String ours, String step) {
        table.module(theirs + "conv", ours + step)
                .module(theirs + "conv1", ours + "main.conv1.conv")
                .module(theirs + "conv2", ours + "main.conv2.conv")
                .module(theirs + "norm", ours + "main.conv2.norm");
        for (String statistic : new String[] {"running_mean", "running_var", "num_batches_tracked"}) {
            table.parameter(theirs + "norm." + statistic, ours + "main.conv2.norm." + statistic);
        }
        attention(table, theirs + "attn.", ours + "context_module.main.");
        table.module(theirs + "conv_out.conv_inverted", ours + "local_module.main.inverted_conv.conv")
                .module(theirs + "conv_out.conv_depth", ours + "local_module.main.depth_conv.conv")
                .module(theirs + "conv_out.conv_point", ours + "local_module.main.point_conv.conv")
                .module(theirs + "conv_out.norm", ours + "local_module.main.point_conv.norm");
    }

    /** Their projections are linear layers, ours kernels of 1 x 1, of which q, k and v are one. */
    private static void attention(NameTable table, String theirs, String ours) {
        table.kernel(theirs + "to_q.weight", ours + "qkv.conv.weight", 0, 3)
                .kernel(theirs + "to_k.weight", ours + "qkv.conv.weight", 1, 3)
                .kernel(theirs + "to_v.weight", ours + "qkv.conv.weight", 2, 3)
                .kernel(theirs + "to_out.weight", ours + "proj.conv.weight", 0, 1)
                .module(theirs + "norm_out", ours + "proj.norm")
                .module(theirs + "to_qkv_multiscale.0.proj_in", ours + "aggreg.0.0")
                .module(theirs + "to_qkv_multiscale.0.proj_out", ours + "aggreg.0.1");
    }
}
