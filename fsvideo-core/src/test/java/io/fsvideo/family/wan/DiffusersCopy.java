package io.fsvideo.family.wan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.model.WanVaeConfig;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites a Wan model directory as Diffusers and Transformers save it: files, configurations, names and shapes. Written from their
 * sources in the direction ours to theirs, so that reading it back proves the tables that go the other way.
 */
public final class DiffusersCopy {
    private static final String[] PROJECTIONS = {"q", "k", "v"};

    private final Path source;
    private final Path target;
    private final WanConfig config;

    private DiffusersCopy(Path source, Path target, WanConfig config) {
        this.source = source;
        this.target = target;
        this.config = config;
    }

    /** @param type of the weights, F32 for the same numbers */
    public static void write(Path source, Path target, ModelConfig config, DType type) throws IOException {
        new DiffusersCopy(source, target, (WanConfig) config).write(type);
    }

    private void write(DType type) throws IOException {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("_class_name", config.imageEncoder() == null ? "WanPipeline" : "WanImageToVideoPipeline");
        index.putArray("scheduler").add("diffusers").add("UniPCMultistepScheduler");
        json("model_index.json", index);
        ObjectNode scheduler = JsonNodeFactory.instance.objectNode();
        scheduler.put("_class_name", "UniPCMultistepScheduler").put("flow_shift", 5.0);
        json("scheduler/scheduler_config.json", scheduler);
        Files.createDirectories(target.resolve("tokenizer"));
        Files.copy(source.resolve("tokenizer/tokenizer.json"), target.resolve("tokenizer/tokenizer.json"));
        json("transformer/config.json", transformer(config.transformer()));
        json("text_encoder/config.json", textEncoder(config.textEncoder()));
        json("vae/config.json", vae(config.wanVae()));
        weights("transformer", "transformer/diffusion_pytorch_model.safetensors", type, 0);
        weights("text_encoder", "text_encoder/model.safetensors", type, 0);
        weights(
                "autoencoder",
                "vae/diffusion_pytorch_model.safetensors",
                DType.F32,
                config.wanVae().numResBlocks());
        if (config.imageEncoder() != null) {
            json("image_encoder/config.json", imageEncoder(config.imageEncoder()));
            weights("image_encoder", "image_encoder/model.safetensors", type, 0);
        }
    }

    private void json(String file, ObjectNode content) throws IOException {
        Files.createDirectories(target.resolve(file).getParent());
        new ObjectMapper().writeValue(target.resolve(file).toFile(), content);
    }

    private static ObjectNode transformer(DitConfig c) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("_class_name", "WanTransformer3DModel").put("attention_head_dim", c.headDim());
        json.put("cross_attn_norm", true)
                .put("eps", 1e-6)
                .put("ffn_dim", c.ffnDim())
                .put("freq_dim", c.freqDim());
        json.put("in_channels", c.inDim())
                .put("num_attention_heads", c.numHeads())
                .put("num_layers", c.numLayers());
        json.put("out_channels", c.outDim())
                .put("qk_norm", "rms_norm_across_heads")
                .put("rope_max_seq_len", 1024);
        json.putArray("patch_size").add(c.patchFrames()).add(c.patchHeight()).add(c.patchWidth());
        json.put("text_dim", c.textDim());
        json.put("image_dim", c.clipDim() == 0 ? null : c.clipDim());
        json.put("added_kv_proj_dim", c.clipDim() == 0 ? null : c.dim());
        json.put("pos_embed_seq_len", c.imageRows() == 0 ? null : c.imageRows());
        return json;
    }

    private static ObjectNode textEncoder(TextEncoderConfig c) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model_type", "umt5").put("d_model", c.dim()).put("d_kv", c.dimAttn() / c.numHeads());
        json.put("d_ff", c.dimFfn()).put("num_heads", c.numHeads()).put("num_layers", c.numLayers());
        json.put("vocab_size", c.vocabSize()).put("feed_forward_proj", "gated-gelu");
        json.put("relative_attention_num_buckets", 32).put("relative_attention_max_distance", 128);
        return json.put("layer_norm_epsilon", 1e-6);
    }

    private static ObjectNode vae(WanVaeConfig c) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("_class_name", "AutoencoderKLWan").put("base_dim", c.dim()).put("z_dim", c.zDim());
        c.dimMult().forEach(json.putArray("dim_mult")::add);
        json.put("num_res_blocks", c.numResBlocks()).putArray("attn_scales");
        c.temperalDownsample().forEach(json.putArray("temperal_downsample")::add);
        c.mean().forEach(json.putArray("latents_mean")::add);
        c.std().forEach(json.putArray("latents_std")::add);
        return json;
    }

    private static ObjectNode imageEncoder(ImageEncoderConfig c) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model_type", "clip_vision_model").put("hidden_act", "gelu").put("hidden_size", c.visionDim());
        json.put("image_size", c.imageSize()).put("patch_size", c.patchSize()).put("layer_norm_eps", 1e-5);
        json.put("intermediate_size", c.visionDim() * c.visionMlpRatio());
        return json.put("num_attention_heads", c.visionHeads()).put("num_hidden_layers", c.visionLayers());
    }

    private record Piece(Shape shape, float[] values) {}

    private void weights(String part, String file, DType type, int resBlocks) throws IOException {
        Map<String, Piece> pieces = new LinkedHashMap<>();
        try (Safetensors ours = Safetensors.open(source.resolve(part))) {
            for (String name : ours.keys()) {
                Shape shape = ours.shape(name);
                float[] values = ours.floats(name);
                if (name.contains("to_qkv") && part.equals("image_encoder")) {
                    split(pieces, theirs(part, name, resBlocks), shape, values);
                } else {
                    pieces.put(theirs(part, name, resBlocks), new Piece(stored(name, shape), values));
                }
            }
        }
        extras(part, pieces);
        Map<String, Declared> declared = new LinkedHashMap<>();
        pieces.forEach((name, piece) -> declared.put(name, new Declared(type, piece.shape)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(target.resolve(file), declared, Map.of())) {
            pieces.forEach((name, piece) -> writer.write(name, piece.values, 0, piece.values.length));
            writer.commit();
        }
    }

    /** What their files hold beside what is used: the tower's last layer and norm, and the other name of the token table. */
    private void extras(String part, Map<String, Piece> pieces) {
        if (part.equals("image_encoder")) {
            String last =
                    "vision_model.encoder.layers." + (config.imageEncoder().visionLayers() - 1) + ".";
            for (String projection : PROJECTIONS) {
                pieces.put(last + "self_attn." + projection + "_proj.bias", new Piece(Shape.of(3), new float[3]));
            }
            pieces.put(last + "mlp.fc1.bias", new Piece(Shape.of(3), new float[3]));
            pieces.put("vision_model.post_layernorm.weight", new Piece(Shape.of(3), new float[3]));
        }
        if (part.equals("text_encoder")) {
            pieces.put("encoder.embed_tokens.weight", pieces.get("shared.weight"));
        }
    }

    private static Shape stored(String name, Shape shape) {
        if (name.equals("visual.cls_embedding")) {
            return Shape.of(shape.dim(2));
        }
        return name.equals("visual.pos_embedding") ? Shape.of(shape.dim(1), shape.dim(2)) : shape;
    }

    private static void split(Map<String, Piece> pieces, String name, Shape shape, float[] values) {
        int part = values.length / PROJECTIONS.length;
        for (int i = 0; i < PROJECTIONS.length; i++) {
            pieces.put(
                    name.replace("to_qkv", PROJECTIONS[i] + "_proj"),
                    new Piece(
                            shape.with(0, shape.dim(0) / PROJECTIONS.length),
                            Arrays.copyOfRange(values, i * part, (i + 1) * part)));
        }
    }

    private static String theirs(String part, String name, int resBlocks) {
        return switch (part) {
            case "transformer" -> transformerName(name);
            case "text_encoder" -> textName(name);
            case "image_encoder" -> imageName(name);
            default -> vaeName(name, resBlocks);
        };
    }

    static String transformerName(String name) {
        String renamed = name;
        for (List<String> pair : List.of(
                List.of("time_embedding.0", "condition_embedder.time_embedder.linear_1"),
                List.of("time_embedding.2", "condition_embedder.time_embedder.linear_2"),
                List.of("text_embedding.0", "condition_embedder.text_embedder.linear_1"),
                List.of("text_embedding.2", "condition_embedder.text_embedder.linear_2"),
                List.of("time_projection.1", "condition_embedder.time_proj"),
                List.of("modulation", "scale_shift_table"),
                List.of("head.scale", "scale"),
                List.of("head.head", "proj_out"),
                List.of("ffn.0", "ffn.net.0.proj"),
                List.of("ffn.2", "ffn.net.2"),
                List.of("norm3", "norm2"),
                List.of("img_emb.proj.0", "condition_embedder.image_embedder.norm1"),
                List.of("img_emb.proj.1", "condition_embedder.image_embedder.ff.net.0.proj"),
                List.of("img_emb.proj.3", "condition_embedder.image_embedder.ff.net.2"),
                List.of("img_emb.proj.4", "condition_embedder.image_embedder.norm2"),
                List.of("img_emb.emb_pos", "condition_embedder.image_embedder.pos_embed"),
                List.of("norm_k_img", "norm_added_k"),
                List.of("k_img", "add_k_proj"),
                List.of("v_img", "add_v_proj"),
                List.of("self_attn", "attn1"),
                List.of("cross_attn", "attn2"))) {
            renamed = renamed.replace(pair.get(0), pair.get(1));
        }
        return renamed.replaceAll("(attn[12])\\.([qkv])\\.", "$1.to_$2.")
                .replaceAll("(attn[12])\\.o\\.", "$1.to_out.0.");
    }

    static String textName(String name) {
        if (name.equals("token_embedding.weight")) {
            return "shared.weight";
        }
        if (name.equals("norm.weight")) {
            return "encoder.final_layer_norm.weight";
        }
        return name.replaceFirst("^blocks\\.", "encoder.block.")
                .replaceFirst("\\.attn\\.", ".layer.0.SelfAttention.")
                .replace(".pos_embedding.embedding.", ".layer.0.SelfAttention.relative_attention_bias.")
                .replace(".norm1.", ".layer.0.layer_norm.")
                .replace(".norm2.", ".layer.1.layer_norm.")
                .replace(".ffn.gate.0.", ".layer.1.DenseReluDense.wi_0.")
                .replace(".ffn.fc1.", ".layer.1.DenseReluDense.wi_1.")
                .replace(".ffn.fc2.", ".layer.1.DenseReluDense.wo.");
    }

    static String imageName(String name) {
        return name.replace("visual.cls_embedding", "vision_model.embeddings.class_embedding")
                .replace("visual.pos_embedding", "vision_model.embeddings.position_embedding.weight")
                .replace("visual.patch_embedding", "vision_model.embeddings.patch_embedding")
                .replace("visual.pre_norm", "vision_model.pre_layrnorm")
                .replace("visual.transformer.", "vision_model.encoder.layers.")
                .replace(".attn.proj.", ".self_attn.out_proj.")
                .replace(".attn.", ".self_attn.")
                .replace(".norm1.", ".layer_norm1.")
                .replace(".norm2.", ".layer_norm2.")
                .replace(".mlp.0.", ".mlp.fc1.")
                .replace(".mlp.2.", ".mlp.fc2.");
    }

    /** The encoder keeps its numbers; the decoder's are cut into resolutions of {@code resBlocks + 1} blocks and an upsampler. */
    static String vaeName(String name, int resBlocks) {
        String renamed = name.replaceFirst("^conv1\\.", "quant_conv.")
                .replaceFirst("^conv2\\.", "post_quant_conv.")
                .replace("coder.conv1.", "coder.conv_in.")
                .replace("coder.head.0.", "coder.norm_out.")
                .replace("coder.head.2.", "coder.conv_out.")
                .replace("coder.middle.0.", "coder.mid_block.resnets.0.")
                .replace("coder.middle.1.", "coder.mid_block.attentions.0.")
                .replace("coder.middle.2.", "coder.mid_block.resnets.1.")
                .replace("encoder.downsamples.", "encoder.down_blocks.")
                .replace(".residual.0.", ".norm1.")
                .replace(".residual.2.", ".conv1.")
                .replace(".residual.3.", ".norm2.")
                .replace(".residual.6.", ".conv2.")
                .replace(".shortcut.", ".conv_shortcut.");
        Matcher up = Pattern.compile("decoder\\.upsamples\\.(\\d+)\\.(.*)").matcher(renamed);
        if (!up.matches()) {
            return renamed;
        }
        int row = resBlocks + 2;
        int block = Integer.parseInt(up.group(1)) / row;
        int place = Integer.parseInt(up.group(1)) % row;
        String inside = place == row - 1 ? "upsamplers.0." : "resnets." + place + ".";
        return "decoder.up_blocks." + block + "." + inside + up.group(2);
    }
}
