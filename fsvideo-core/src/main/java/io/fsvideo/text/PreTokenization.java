package io.fsvideo.text;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a {@code tokenizer.json} cuts normalized text into words, of which each is encoded by itself. */
interface PreTokenization {
    /** @param isFirst whether it is where the text begins */
    record Word(String text, boolean isFirst) {}

    /** The words of one, without empty ones. */
    List<Word> split(Word text);

    /** @param json the key {@code pre_tokenizer}, null for none */
    static PreTokenization of(TokenizerJson json) {
        if (!json.isGiven()) {
            return List::of;
        }
        return switch (json.type()) {
            case "Sequence" ->
                sequence(json.at("pretokenizers").items().stream()
                        .map(PreTokenization::of)
                        .toList());
            case "WhitespaceSplit" -> found("\\P{IsWhite_Space}+");
            case "Whitespace" -> found("\\w+|[^\\w\\s]+");
            case "Metaspace" -> metaspace(json);
            default -> throw json.at("type").fault("Sequence, Metaspace, Whitespace or WhitespaceSplit");
        };
    }

    private static PreTokenization sequence(List<PreTokenization> steps) {
        return text -> {
            List<Word> words = List.of(text);
            for (PreTokenization step : steps) {
                words = words.stream()
                        .flatMap(word -> step.split(word).stream())
                        .toList();
            }
            return words;
        };
    }

    private static PreTokenization found(String regex) {
        Pattern pattern = Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS);
        return text -> {
            List<Word> words = new ArrayList<>();
            Matcher matcher = pattern.matcher(text.text());
            while (matcher.find()) {
                words.add(new Word(matcher.group(), text.isFirst() && matcher.start() == 0));
            }
            return words;
        };
    }

    private static PreTokenization metaspace(TokenizerJson json) {
        String mark = json.at("replacement").text();
        if (mark.codePointCount(0, mark.length()) != 1) {
            throw json.at("replacement").fault("one character");
        }
        String scheme = scheme(json);
        boolean split = json.at("split").flag(true);
        return word -> {
            String text = word.text().replace(" ", mark);
            boolean prepend = scheme.equals("always") || scheme.equals("first") && word.isFirst();
            String whole = prepend && !text.startsWith(mark) ? mark + text : text;
            return split ? beforeMarks(whole, mark, word.isFirst()) : List.of(new Word(whole, word.isFirst()));
        };
    }

    /** Older files say with {@code add_prefix_space} what newer ones say with {@code prepend_scheme}. */
    private static String scheme(TokenizerJson json) {
        TokenizerJson key = json.at("prepend_scheme");
        String scheme = key.textOr(json.at("add_prefix_space").flag(true) ? "always" : "never");
        if (!List.of("always", "first", "never").contains(scheme)) {
            throw key.fault("always, first or never");
        }
        return scheme;
    }

    /** Cuts before every mark; the last of a run of marks stays with what follows it. */
    private static List<Word> beforeMarks(String text, String mark, boolean isFirst) {
        List<Word> words = new ArrayList<>();
        int end = text.length();
        while (end > 0) {
            int at = text.lastIndexOf(mark, end - 1);
            int begin = Math.max(at, 0);
            words.add(new Word(text.substring(begin, end), isFirst && begin == 0));
            end = begin;
        }
        Collections.reverse(words);
        return words;
    }
}
