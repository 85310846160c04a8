package io.fsvideo.text;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a {@code tokenizer.json} does to text before it is cut. */
interface Normalization extends UnaryOperator<String> {
    /** @param json the key {@code normalizer}, null for none */
    static Normalization of(TokenizerJson json) {
        if (!json.isGiven()) {
            return text -> text;
        }
        return switch (json.type()) {
            case "Sequence" ->
                sequence(json.at("normalizers").items().stream()
                        .map(Normalization::of)
                        .toList());
            case "Precompiled" -> CharacterMap.of(json.at("precompiled_charsmap"))::normalize;
            case "NFC", "NFD", "NFKC", "NFKD" -> form(Normalizer.Form.valueOf(json.type()));
            case "Lowercase" -> Normalization::lowercase;
            case "StripAccents" -> text -> SafePattern.MARKS.matcher(text).replaceAll("");
            case "Strip" ->
                strip(json.at("strip_left").flag(false), json.at("strip_right").flag(false));
            case "Prepend" -> prepend(json.at("prepend").text());
            case "Replace" ->
                replace(SafePattern.of(json.at("pattern")), json.at("content").text());
            default ->
                throw json.at("type")
                        .fault("Sequence, Precompiled, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend or"
                                + " Replace");
        };
    }

    private static Normalization sequence(List<Normalization> steps) {
        return text -> {
            String result = text;
            for (Normalization step : steps) {
                result = step.apply(result);
            }
            return result;
        };
    }

    private static Normalization form(Normalizer.Form form) {
        return text -> Normalizer.normalize(text, form);
    }

    /** Character by character, so that a final sigma is as any other. */
    private static String lowercase(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.append(Character.toString(c).toLowerCase(Locale.ROOT)));
        return out.toString();
    }

    private static Normalization strip(boolean left, boolean right) {
        return text -> {
            String result = left ? SafePattern.LEADING_SPACE.matcher(text).replaceFirst("") : text;
            int end = result.length();
            while (right && end > 0 && SafePattern.isSpace(result.codePointBefore(end))) {
                end -= Character.charCount(result.codePointBefore(end));
            }
            return result.substring(0, end);
        };
    }

    private static Normalization prepend(String prefix) {
        return text -> text.isEmpty() ? text : prefix + text;
    }

    private static Normalization replace(Pattern pattern, String content) {
        String literal = Matcher.quoteReplacement(content);
        return text -> pattern.matcher(text).replaceAll(literal);
    }
}
