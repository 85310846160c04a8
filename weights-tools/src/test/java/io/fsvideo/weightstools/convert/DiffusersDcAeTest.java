package io.fsvideo.weightstools.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.DcAe;
import io.fsvideo.model.DcAeConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Dialect;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden DC-AE, whose names upstream's own class wrote, laid out as Diffusers' converter lays out the published ones. */
class DiffusersDcAeTest {
    private static final Path GOLDEN = Path.of("../fsvideo-core/src/test/resources/golden/dcae");

    @TempDir
    Path folder;

    /** Written apart from the rules under test. */
    private static String theirs(String name) {
        return name.replace("encoder.project_in.conv", "encoder.conv_in")
                .replace("encoder.project_out.main.op_list.0.conv", "encoder.conv_out")
                .replace("decoder.project_in.main.conv", "decoder.conv_in")
                .replace("decoder.project_out.op_list.0", "decoder.norm_out")
                .replace("decoder.project_out.op_list.2.conv", "decoder.conv_out")
                .replace("encoder.stages", "encoder.down_blocks")
                .replace("decoder.stages", "decoder.up_blocks")
                .replace("op_list.", "")
                .replace("main.", "")
                .replace("context_module", "attn")
                .replace("local_module", "conv_out")
                .replace("aggreg.0.0", "to_qkv_multiscale.0.proj_in")
                .replace("aggreg.0.1", "to_qkv_multiscale.0.proj_out")
                .replace("inverted_conv.conv", "conv_inverted")
                .replace("depth_conv.conv", "conv_depth")
                .replace("point_conv.conv", "conv_point")
                .replace("point_conv.norm", "norm")
                .replace("conv1.conv", "conv1")
                .replace("conv2.conv", "conv2")
                .replace("conv2.norm", "norm")
                .replace("proj.norm", "norm_out")
                .replace("conv.conv.", "conv.");
    }

    /** Kernels of 1 x 1 in the attention become matrices, q, k and v one each. */
    private void put(StoredInfo info, byte[] bytes, Map<String, Declared> declared, Map<String, byte[]> data) {
        DType type = DType.valueOf(info.type());
        String name = theirs(info.name());
        if (name.endsWith("attn.qkv.conv.weight")) {
            String[] parts = {"to_q", "to_k", "to_v"};
            int length = bytes.length / parts.length;
            for (int i = 0; i < parts.length; i++) {
                String part = name.replace("qkv.conv", parts[i]);
                declared.put(
                        part,
                        new Declared(
                                type,
                                Shape.of(info.shape().dim(0) / 3, info.shape().dim(1))));
                data.put(part, Arrays.copyOfRange(bytes, i * length, (i + 1) * length));
            }
            return;
        }
        boolean matrix = name.endsWith("attn.proj.conv.weight");
        String stored = name.replace("attn.proj.conv", "attn.to_out");
        Shape shape = matrix ? Shape.of(info.shape().dim(0), info.shape().dim(1)) : info.shape();
        declared.put(stored, new Declared(type, shape));
        data.put(stored, bytes);
    }

    private Path diffusers() throws IOException {
        Map<String, Declared> declared = new TreeMap<>();
        Map<String, byte[]> data = new TreeMap<>();
        try (Checkpoint golden = Checkpoint.open(GOLDEN.resolve("weights.safetensors"))) {
            golden.tensors().forEach(info -> put(info, SameTensors.bytes(golden, info), declared, data));
        }
        Path file = folder.resolve("diffusion_pytorch_model.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of("format", "pt"))) {
            data.forEach((name, bytes) -> writer.write(name, ByteBuffer.wrap(bytes)));
            writer.commit();
        }
        return file;
    }

    private static ModelPart part() throws IOException {
        ObjectNode config = (ObjectNode) new ObjectMapper().readTree(Files.readString(GOLDEN.resolve("config.json")));
        ObjectNode model = (ObjectNode) config.path("model");
        for (String key : new String[] {"attention_dim", "norm_eps", "attention_eps"}) {
            model.set(key, config.path(key));
        }
        DcAeConfig dcAe = DcAeConfig.fromJson(model);
        return ModelPart.of(dcAe.toJson(), w -> new DcAe(w, dcAe), DType.F32);
    }

    @Test
    void comesBackToTheBit() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        try (Backend backend = Backend.open("cpu");
                Checkpoint source = Checkpoint.open(diffusers())) {
            Conversion conversion = new Conversion(source, part(), backend);
            assertEquals(Dialect.DIFFUSERS_DC_AE, conversion.dialect());
            assertEquals(0, conversion.dropped());
            conversion.write(out, ShardWriter.USUAL_BYTES, (done, all) -> {});
        }
        SameTensors.assertSame(GOLDEN.resolve("weights.safetensors"), out);
    }
}
