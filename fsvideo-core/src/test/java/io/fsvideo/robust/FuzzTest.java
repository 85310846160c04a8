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
import io.fsvideo.text.Tokenizer;
import io.fsvideo.weights.Safetensors;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
