package io.fsvideo.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Tokens that are found in a text as they are, such as an end token that someone typed; the longest at each place. */
final class AddedTokens {
    private static final Pattern ENDS_WITH_WORD = Pattern.compile("\\w$", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern STARTS_WITH_WORD = Pattern.compile("^\\w", Pattern.UNICODE_CHARACTER_CLASS);
    private static final int MOST = 10_000;
    private static final int LONGEST = 1_000;

    /** A stretch of text, or a token when {@code id} is not negative. */
    record Part(String text, int id, boolean isFirst) {}

    private record Token(int id, boolean singleWord, boolean takesSpaceBefore, boolean takesSpaceAfter) {}

    private final Map<String, Token> tokens = new HashMap<>();
    private final TreeSet<Integer> lengths = new TreeSet<>(Comparator.reverseOrder());

    private AddedTokens() {}

    /**
     * @param json the key {@code added_tokens}
     * @param normalized whether to take those that are looked for in normalized text, or those in the text as it came
     */
    static AddedTokens of(
            TokenizerJson json, boolean normalized, Vocabulary vocabulary, UnaryOperator<String> normalizer) {
        AddedTokens added = new AddedTokens();
        List<TokenizerJson> entries = json.itemsOrNone();
        if (entries.size() > MOST) {
            throw json.fault("a list of at most " + MOST + " tokens");
        }
        for (TokenizerJson entry : entries) {
            added.add(entry.object(), normalized, vocabulary, normalizer);
        }
        return added;
    }

    private void add(TokenizerJson json, boolean wanted, Vocabulary vocabulary, UnaryOperator<String> normalizer) {
        String content = json.at("content").text();
        int id = json.at("id").index(Vocabulary.MOST_IDS);
        Token token = new Token(
                id,
                json.at("single_word").flag(false),
                json.at("lstrip").flag(false),
                json.at("rstrip").flag(false));
        Integer known = vocabulary.id(content);
        if (content.length() > LONGEST) {
            throw json.at("content").fault("at most " + LONGEST + " characters");
        }
        if (known != null && known != id) {
            throw json.at("id").fault("that of the model's vocabulary, " + known);
        }
        boolean special = json.at("special").flag(false);
        boolean normalized = json.at("normalized").flag(!special);
        String pattern = normalized ? normalizer.apply(content) : content;
        if (normalized == wanted && !pattern.isEmpty()) {
            tokens.putIfAbsent(pattern, token);
            lengths.add(pattern.length());
        }
    }

    List<Part> split(Part whole) {
        if (tokens.isEmpty() || whole.id >= 0) {
            return List.of(whole);
        }
        String text = whole.text;
        List<Part> parts = new ArrayList<>();
        int done = 0;
        int at = 0;
        while (at < text.length()) {
            int length = longestAt(text, at);
            if (length == 0) {
                at++;
                continue;
            }
            Token token = tokens.get(text.substring(at, at + length));
            int stop = at + length;
            if (!token.singleWord || standsAlone(text, at, stop)) {
                int start = token.takesSpaceBefore ? Math.max(done, spaceBefore(text, at)) : at;
                stop = token.takesSpaceAfter ? spaceAfter(text, stop) : stop;
                addText(parts, whole, done, start);
                parts.add(new Part(text.substring(start, stop), token.id, false));
                done = stop;
            }
            at = stop;
        }
        addText(parts, whole, done, text.length());
        return parts;
    }

    private static void addText(List<Part> parts, Part whole, int begin, int end) {
        if (begin < end) {
            parts.add(new Part(whole.text.substring(begin, end), -1, whole.isFirst && begin == 0));
        }
    }

    private int longestAt(String text, int at) {
        for (int length : lengths) {
            if (at + length <= text.length() && tokens.containsKey(text.substring(at, at + length))) {
                return length;
            }
        }
        return 0;
    }

    private static boolean standsAlone(String text, int start, int stop) {
        return !ENDS_WITH_WORD.matcher(text.substring(0, start)).find()
                && !STARTS_WITH_WORD.matcher(text.substring(stop)).find();
    }

    private static int spaceBefore(String text, int start) {
        int at = start;
        while (at > 0 && SafePattern.isSpace(text.codePointBefore(at))) {
            at -= Character.charCount(text.codePointBefore(at));
        }
        return at;
    }

    private static int spaceAfter(String text, int stop) {
        int at = stop;
        while (at < text.length() && SafePattern.isSpace(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at;
    }
}
