package io.fsvideo.robust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.media.Image;
import io.fsvideo.media.ImageLimits;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DcAeConfig;
import io.fsvideo.model.DcAeVConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.HubConfigs;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.model.WanVaeConfig;
import io.fsvideo.tensor.Shape;
import io.fsvideo.text.Tokenizer;
import io.fsvideo.weights.Gguf;
import io.fsvideo.weights.LoraFile;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SpelledFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuzzTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private static byte[] resource(Class<?> beside, String name) throws IOException {
        try (InputStream in = beside.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void safetensorsHeaders() {
        String header =
                "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                        + "\"b.weight\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]},"
                        + "\"c\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[32,40]}}";
        Fuzz.run("safetensors header", header.getBytes(StandardCharsets.UTF_8), 3000, Fuzz::json, text -> {
            ByteBuffer file = ByteBuffer.allocate(8 + text.length + 40).order(ByteOrder.LITTLE_ENDIAN);
            readAll(file.putLong(text.length).put(text).array());
        });
    }

    private void readAll(byte[] file) throws IOException {
        Path path = Files.write(folder.resolve("x.safetensors"), file);
        try (Safetensors s = Safetensors.open(path)) {
            s.keys().forEach(s::floats);
        }
    }

    @Test
    void indexes() throws IOException {
        byte[] text = "{\"__metadata__\":{},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}"
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(9 + text.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(
                folder.resolve("m-1.safetensors"),
                file.putLong(text.length).put(text).array());
        String index = "{\"metadata\":{\"total_size\":1},\"weight_map\":{\"a\":\"m-1.safetensors\"}}";
        Fuzz.run("safetensors index", index.getBytes(StandardCharsets.UTF_8), 2000, Fuzz::json, input -> {
            Files.write(folder.resolve("m.safetensors.index.json"), input);
            Safetensors.open(folder).close();
        });
    }

    private static final Map<String, Shape> MODEL = Map.of(
            "blocks.0.self_attn.q.weight", Shape.of(4, 4),
            "blocks.0.self_attn.q.bias", Shape.of(4),
            "blocks.0.self_attn.k.weight", Shape.of(4, 4),
            "blocks.0.modulation", Shape.of(1, 6, 4),
            "head.head.weight", Shape.of(8, 4));

    /** Kohya's names, PEFT's and ComfyUI's beside each other, whose parts are swapped, and their shapes. */
    @Test
    void loraNames() throws IOException {
        List<String> shapes = List.of("[2,4]", "[4,2]", "[]", "[4]", "[4,1]", "[1,6,4]", "[8,4]", "[1]", "[0]");
        List<String> names = new ArrayList<>();
        for (String prefix : List.of("diffusion_model.", "base_model.model.", "transformer.", "lora_unet_", "")) {
            for (String module : List.of("blocks.0.self_attn.q", "blocks_0_self_attn_k", "blocks.0", "head.head", "")) {
                for (String ending : LORA_ENDINGS) {
                    names.add(prefix + module + ending);
                }
            }
        }
        Fuzz.run("names in a LoRA", new byte[] {1}, 6000, (whole, random) -> lora(names, shapes, random), input -> {
            Path path = Files.write(folder.resolve("lora.safetensors"), input);
            try (LoraFile file = LoraFile.open(path, MODEL.keySet())) {
                file.parameters().forEach(parameter -> file.change(parameter, MODEL.get(parameter)));
                file.unmatched().size();
            }
        });
    }

    private static final List<String> LORA_ENDINGS = List.of(
            ".lora_A.weight",
            ".lora_B.weight",
            ".lora_B.bias",
            ".lora_A.default.weight",
            ".lora_B.default.weight",
            ".lora_down.weight",
            ".lora_up.weight",
            ".alpha",
            ".dora_scale",
            ".lora_magnitude_vector",
            ".diff",
            ".diff_b",
            ".diff_m",
            ".weight",
            ".");

    /** Where a factor {@code [rank, in]} and the one of the product with it follow each other. */
    private static final int[] PAIRS = {0, 3, 5};

    /** One to four tensors of one module or of several, a name or shape of which may be anything. */
    private static byte[] lora(List<String> names, List<String> shapes, Random random) {
        int endings = LORA_ENDINGS.size();
        int module = random.nextInt(names.size() / endings) * endings;
        int pair = PAIRS[random.nextInt(PAIRS.length)];
        StringBuilder header = new StringBuilder("{");
        int tensors = 1 + random.nextInt(4);
        int offset = 0;
        for (int i = 0; i < tensors; i++) {
            boolean isOfPair = i < 2 && random.nextInt(5) > 0;
            int ending = isOfPair ? pair + i : random.nextInt(endings);
            String name = names.get(
                    (random.nextInt(9) == 0 ? random.nextInt(names.size() / endings) * endings : module) + ending);
            String shape = isOfPair ? shapes.get(i) : shapes.get(random.nextInt(shapes.size()));
            int bytes = 4 * numel(shape);
            header.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(mangled(name, random))
                    .append("\":{\"dtype\":\"F32\",\"shape\":");
            header.append(shape)
                    .append(",\"data_offsets\":[")
                    .append(offset)
                    .append(',')
                    .append(offset + bytes)
                    .append("]}");
            offset += bytes;
        }
        byte[] text = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        byte[] damaged = random.nextInt(8) == 0 ? Fuzz.json(text, random) : text;
        ByteBuffer file = ByteBuffer.allocate(8 + damaged.length + offset).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(damaged.length).put(damaged);
        while (file.hasRemaining()) {
            file.put((byte) random.nextInt(64));
        }
        return file.array();
    }

    private static int numel(String shape) {
        String inner = shape.substring(1, shape.length() - 1);
        return inner.isEmpty()
                ? 1
                : Arrays.stream(inner.split(",")).mapToInt(Integer::parseInt).reduce(1, (a, b) -> a * b);
    }

    /** Mostly as it is; else one piece twice, missing, or another's. */
    private static String mangled(String name, Random random) {
        int at = random.nextInt(name.length());
        int to = at + random.nextInt(name.length() - at);
        return switch (random.nextInt(12)) {
            case 0 -> name.substring(0, at) + name.substring(to);
            case 1 -> name.substring(0, to) + name.substring(at);
            case 2 -> name.substring(0, at) + "\\u0000\\ud800" + name.substring(at);
            case 3 -> name.replace('.', '_');
            case 4 -> name.replace("0", "99999999999999999999");
            case 5 -> name.repeat(1 + random.nextInt(40));
            default -> name;
        };
    }

    @Test
    void gguf() throws IOException {
        Path whole = new SpelledFile()
                .f32("blocks.0.a.weight", new float[64], 2, 32)
                .f32("blocks.0.b.bias", new float[3], 3)
                .gguf(folder.resolve("whole.gguf"));
        Fuzz.run("GGUF", Files.readAllBytes(whole), 3000, Fuzz::bytes, input -> {
            Path path = Files.write(folder.resolve("x.gguf"), input);
            try (Gguf file = Gguf.open(path)) {
                for (String key : file.keys()) {
                    long bytes =
                            file.shapes().get(key).numel() * file.dtype(key).bytes();
                    file.read(key, 0, ByteBuffer.allocate(Math.toIntExact(bytes)));
                }
            }
        });
    }

    @Test
    void configurations() throws IOException {
        configuration("transformer", DitConfig.tiny().toJson(), DitConfig::fromJson);
        configuration("text encoder", TextEncoderConfig.tiny().toJson(), TextEncoderConfig::fromJson);
        configuration("image encoder", ImageEncoderConfig.tiny().toJson(), ImageEncoderConfig::fromJson);
        configuration("autoencoder", AutoencoderConfig.tiny().toJson(), AutoencoderConfig::fromJson);
        configuration("upsampler", LatentUpsamplerConfig.tiny().toJson(), LatentUpsamplerConfig::fromJson);
        configuration("Wan VAE", WanVaeConfig.tiny().toJson(), WanVaeConfig::fromJson);
        configuration("DC-AE-V", DcAeVConfig.tiny().toJson(), DcAeVConfig::fromJson);
        configuration("DC-AE", DcAeConfig.f32c32Sana().toJson(), DcAeConfig::fromJson);
        configuration(
                "Diffusers transformer",
                JSON.readTree(
                        "{\"patch_size\":[1,2,2],\"in_channels\":16,\"num_attention_heads\":4,\"attention_head_dim\":24,"
                                + "\"ffn_dim\":192,\"out_channels\":16,\"num_layers\":2,\"text_dim\":64,\"freq_dim\":64}"),
                HubConfigs::wanTransformer);
    }

    private static void configuration(String part, JsonNode json, Function<JsonNode, Object> reader)
            throws IOException {
        Fuzz.run("config of " + part, JSON.writeValueAsBytes(json), 1000, Fuzz::json, input -> {
            try {
                reader.apply(JSON.readTree(input));
            } catch (JsonProcessingException notJson) {
                // Refused by the reader of the file, before a configuration is made.
            }
        });
    }

    @Test
    void tokenizers() throws IOException {
        byte[] tiny = resource(Tokenizer.class, "tiny-tokenizer.json");
        Fuzz.run("tokenizer.json", tiny, 400, Fuzz::json, input -> {
            Path file = Files.write(folder.resolve("tokenizer.json"), input);
            try (Tokenizer tokenizer = Tokenizer.open(file, 24)) {
                tokenizer.encode("pan left &amp; \ud800 zo\u0000om \u2603 </s>");
            }
        });
    }

    @Test
    void pictures() throws IOException {
        BufferedImage image = new BufferedImage(24, 16, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 24 * 16; i++) {
            image.setRGB(i % 24, i / 24, 11 * i % 0xffffff);
        }
        for (String format : new String[] {"png", "jpeg", "bmp", "gif"}) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ImageIO.write(image, format, bytes);
            picture(format, bytes.toByteArray());
        }
        picture("lossless webp", resource(Image.class, "lossless.webp"));
        picture("lossy webp", resource(Image.class, "lossy.webp"));
    }

    private static void picture(String format, byte[] whole) {
        ImageLimits limits = ImageLimits.defaults().withMaxPixels(1 << 20);
        Fuzz.run("picture " + format, whole, 500, Fuzz::bytes, input -> Image.read(input, limits));
    }
}
