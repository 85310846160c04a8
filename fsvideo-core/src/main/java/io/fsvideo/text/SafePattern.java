package io.fsvideo.text;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Patterns that take a time proportional to the text, whatever a file asks for. */
final class SafePattern {
    static final Pattern MARKS = Pattern.compile("\\p{Mn}");
    static final Pattern LEADING_SPACE = Pattern.compile("^\\p{IsWhite_Space}+");

    private static final int LONGEST = 200;
    /** Characters, escapes and classes without groups or alternatives; one repetition, and that at the end. */
    private static final Pattern ALLOWED = Pattern.compile("(?:[^\\\\()|*+?{}^$\\[\\]]|\\\\[sSdDwWtnr\\p{Punct}]"
            + "|\\\\[pP]\\{[A-Za-z]{1,2}}|\\[\\^?(?:[^\\\\\\[\\]&]|\\\\[sdwtnr\\p{Punct}]){1,100}])*"
            + "(?:[*+?]|\\{[0-9]{1,3}(?:,[0-9]{0,3})?})?");

    private SafePattern() {}

    static boolean isSpace(int c) {
        return Character.isSpaceChar(c) || c >= 9 && c <= 13 || c == 0x85;
    }

    /** @param json an object with one key, {@code String} or {@code Regex} */
    static Pattern of(TokenizerJson json) {
        TokenizerJson literal = json.object().at("String");
        if (literal.isGiven()) {
            String text = literal.text();
            if (text.isEmpty()) {
                throw literal.fault("at least one character");
            }
            return Pattern.compile(text, Pattern.LITERAL);
        }
        TokenizerJson regex = json.at("Regex");
        String text = regex.text();
        if (text.isEmpty() || text.length() > LONGEST || !ALLOWED.matcher(text).matches()) {
            throw regex.fault("characters and classes with at most one repetition, at the end");
        }
        try {
            return Pattern.compile(text, Pattern.UNICODE_CHARACTER_CLASS);
        } catch (PatternSyntaxException e) {
            throw regex.fault("a regular expression");
        }
    }
}
