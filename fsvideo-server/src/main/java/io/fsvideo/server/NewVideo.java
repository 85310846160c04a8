package io.fsvideo.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.ModelInfo;
import io.fsvideo.Request;
import io.fsvideo.RequestException;
import io.fsvideo.media.Image;
import io.fsvideo.media.ImageException;
import io.fsvideo.media.ImageLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;

/**
 * The fields of a request for a video, from JSON or from a form; names are those of the published interface for videos, and this
 * library's where that has none.
 *
 * @param fields texts by name
 * @param image the picture's file, or null
 */
record NewVideo(Map<String, String> fields, byte[] image) {
    private static final Set<String> NAMES = Set.of(
            "model",
            "prompt",
            "negative_prompt",
            "seed",
            "size",
            "seconds",
            "frames",
            "steps",
            "refiner_steps",
            "guidance");

    private static final String IMAGE = "input_reference";
    /** How forms spell the object of JSON. */
    private static final String IMAGE_URL = IMAGE + "[image_url]";

    private static final int MAX_PROMPT = 4000;
    private static final int MAX_PARTS = 20;
    private static final Pattern DATA_URL = Pattern.compile("data:image/[a-z+.-]+;base64,", Pattern.CASE_INSENSITIVE);
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})");

    /** Reads a JSON object; the picture is base64, plain or as a data URL. */
    static NewVideo ofJson(byte[] body) {
        ObjectNode json;
        try {
            json = Json.read(body);
        } catch (IOException e) {
            throw bad("invalid_json", "the body must be a JSON object, got something else");
        }
        Map<String, String> fields = new TreeMap<>();
        byte[] image = null;
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            JsonNode value = entry.getValue();
            if (entry.getKey().equals(IMAGE)) {
                image = ofBase64(value.isObject() ? value.path("image_url").asText() : value.asText());
            } else if (value.isValueNode() && !value.isNull()) {
                fields.put(known(entry.getKey()), value.asText());
            } else if (!value.isNull()) {
                throw bad("invalid_value", "a field must be a text or a number, got an object or a list");
            }
        }
        return new NewVideo(fields, image);
    }

    private static byte[] ofBase64(String text) {
        Matcher prefix = DATA_URL.matcher(text);
        try {
            return Base64.getMimeDecoder().decode(prefix.lookingAt() ? text.substring(prefix.end()) : text);
        } catch (IllegalArgumentException e) {
            throw bad("invalid_image", IMAGE + " must be base64 or a data URL of an image, got something else");
        }
    }

    /** Reads a form; the picture is the file of the part {@code input_reference}, whose name is not looked at, or as in JSON. */
    static NewVideo ofForm(byte[] body, String boundary) {
        MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxParts(MAX_PARTS);
        parser.setMaxLength(body.length);
        parser.setMaxMemoryFileSize(-1);
        parser.setPartHeadersMaxLength(4096);
        Map<String, String> fields = new TreeMap<>();
        byte[] image = null;
        try (MultiPartFormData.Parts parts =
                parser.parse(Content.Source.from(ByteBuffer.wrap(body))).join()) {
            for (MultiPart.Part part : parts) {
                byte[] bytes =
                        Content.Source.asInputStream(part.createContentSource()).readAllBytes();
                if (IMAGE.equals(part.getName())) {
                    image = bytes;
                } else if (IMAGE_URL.equals(part.getName())) {
                    image = ofBase64(new String(bytes, StandardCharsets.UTF_8));
                } else {
                    fields.put(known(part.getName()), new String(bytes, StandardCharsets.UTF_8));
                }
            }
        } catch (CompletionException | IOException e) {
            throw bad("invalid_form", "the body must be multipart/form-data as its boundary says, got something else");
        }
        return new NewVideo(fields, image);
    }

    private static String known(String name) {
        if (name == null || !NAMES.contains(name)) {
            throw bad(
                    "unknown_field",
                    "a field must be " + IMAGE + " or one of " + new TreeSet<>(NAMES) + ", got another");
        }
        return name;
    }

    static ApiException bad(String code, String message) {
        return new ApiException(400, code, message);
    }

    /** Returns the name of the model that is to make it, or null for any. */
    String model() {
        return fields.get("model");
    }

    /**
     * Returns the request for the library.
     *
     * @param model that is to make it
     * @throws ApiException when a field, or the picture, is not what it must be
     */
    Request request(ModelInfo model, ServerOptions limits) {
        try {
            Request request =
                    picture(model, limits).withPrompt(prompt("prompt")).withSeed(seed());
            if (fields.containsKey("negative_prompt")) {
                request = request.withNegativePrompt(prompt("negative_prompt"));
            }
            int frames = frames(model);
            request = sized(request.withFrames(frames), frames, model, limits);
            if (fields.containsKey("steps")) {
                request = request.withSteps(steps("steps", limits));
            }
            if (fields.containsKey("refiner_steps")) {
                request = request.withRefinerSteps(steps("refiner_steps", limits));
            }
            return fields.containsKey("guidance") ? request.withGuidance((float) number("guidance")) : request;
        } catch (RequestException e) {
            throw bad("invalid_value", e.getMessage());
        }
    }

    private Request picture(ModelInfo model, ServerOptions limits) {
        if (!model.takesImage()) {
            if (image != null) {
                throw bad("unexpected_image", "the model makes clips of words alone: leave " + IMAGE + " out");
            }
            return Request.ofPrompt("");
        }
        if (model.takesLastImage()) {
            throw bad("model_not_served", "the model wants a last picture too, which this server cannot take");
        }
        if (image == null || image.length == 0) {
            throw bad("missing_image", IMAGE + " must be given: a PNG, JPEG, WebP, BMP or GIF");
        }
        try {
            return Request.of(Image.read(image, ImageLimits.defaults().withMaxPixels(limits.maxPixels())));
        } catch (ImageException e) {
            throw bad("invalid_image", e.getMessage());
        }
    }

    private String prompt(String field) {
        String text = fields.getOrDefault(field, "").strip();
        if (text.length() > MAX_PROMPT) {
            throw bad(
                    "invalid_value", field + " must have at most " + MAX_PROMPT + " characters, got " + text.length());
        }
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r')) {
            throw bad("invalid_value", field + " must be text, got control characters");
        }
        return text;
    }

    private long seed() {
        String seed = fields.get("seed");
        if (seed == null || seed.isBlank()) {
            return ThreadLocalRandom.current().nextInt(1 << 30);
        }
        try {
            return Long.parseLong(seed.strip());
        } catch (NumberFormatException e) {
            throw bad("invalid_value", "seed must be a whole number of at most 63 bits");
        }
    }

    private double number(String field) {
        try {
            return Double.parseDouble(fields.get(field).strip());
        } catch (NumberFormatException e) {
            throw bad("invalid_value", field + " must be a number");
        }
    }

    private int whole(String field) {
        try {
            return Integer.parseInt(fields.get(field).strip());
        } catch (NumberFormatException e) {
            throw bad("invalid_value", field + " must be a whole number");
        }
    }

    private int steps(String field, ServerOptions limits) {
        int steps = whole(field);
        if (steps > limits.maxSteps()) {
            throw bad("invalid_value", field + " must be at most " + limits.maxSteps() + " here, got " + steps);
        }
        return steps;
    }

    /** So many frames, or the legal number that is nearest to so many seconds. */
    private int frames(ModelInfo model) {
        if (fields.containsKey("frames")) {
            return whole("frames");
        }
        if (!fields.containsKey("seconds")) {
            return model.frames();
        }
        double wanted = number("seconds") * model.framesPerSecond();
        if (!(wanted > 0 && wanted < 1e6)) {
            throw bad("invalid_value", "seconds must be above 0 and what a model can make");
        }
        long groups = Math.round((wanted - model.firstFrames()) / model.frameStep());
        return (int) Math.max(Math.max(1, model.firstFrames()), model.firstFrames() + model.frameStep() * groups);
    }

    private Request sized(Request request, int frames, ModelInfo model, ServerOptions limits) {
        String size = fields.getOrDefault("size", "auto");
        long pixels = (long) model.height() * model.width();
        Request sized = request;
        if (!size.equals("auto")) {
            Matcher match = SIZE.matcher(size);
            if (!match.matches()) {
                throw bad(
                        "invalid_value", "size must be WIDTHxHEIGHT, such as " + model.width() + "x" + model.height());
            }
            int width = Integer.parseInt(match.group(1));
            int height = Integer.parseInt(match.group(2));
            pixels = (long) height * width;
            sized = request.withSize(height, width);
        }
        if (frames * pixels > limits.maxClipPixels()) {
            throw bad(
                    "too_large",
                    "frames x height x width must be at most " + limits.maxClipPixels() + " here, got "
                            + frames * pixels);
        }
        return sized;
    }
}
