package io.fsvideo.text;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The prompt cleaning of Wan2.1 (wan/modules/tokenizers.py @9737cba, {@code clean='whitespace'}): fix the text, unescape HTML twice,
 * strip, collapse white space.
 *
 * <p>Upstream fixes text with ftfy 6. Done here as ftfy does: HTML entities when the text has no {@code <}, terminal escapes removed,
 * Latin ligatures and full or half width characters spelled out, curly quotes straightened, lone surrogates replaced by U+FFFD, control
 * characters removed, Unicode NFC. Not done: repair of text decoded with the wrong charset (mojibake) and of C1 control characters.
 */
final class PromptText {
    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\u001b\\[[0-9;]*[a-zA-Z]");
    private static final Pattern SINGLE_QUOTES = Pattern.compile("[\u02bc\u2018-\u201b]");
    private static final Pattern DOUBLE_QUOTES = Pattern.compile("[\u201c-\u201f]");
    private static final Pattern CONTROLS =
            Pattern.compile("[\u0000-\u0008\u000b\u000e-\u001f\u007f\u206a-\u206f\ufeff\ufff9-\ufffc]");
    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Map<Character, String> LIGATURES = Map.ofEntries(
            Map.entry('\u0132', "IJ"),
            Map.entry('\u0133', "ij"),
            Map.entry('\u0149', "\u02bcn"),
            Map.entry('\u01f1', "DZ"),
            Map.entry('\u01f2', "Dz"),
            Map.entry('\u01f3', "dz"),
            Map.entry('\u01c4', "D\u017d"),
            Map.entry('\u01c5', "D\u017e"),
            Map.entry('\u01c6', "d\u017e"),
            Map.entry('\u01c7', "LJ"),
            Map.entry('\u01c8', "Lj"),
            Map.entry('\u01c9', "lj"),
            Map.entry('\u01ca', "NJ"),
            Map.entry('\u01cb', "Nj"),
            Map.entry('\u01cc', "nj"),
            Map.entry('\ufb00', "ff"),
            Map.entry('\ufb01', "fi"),
            Map.entry('\ufb02', "fl"),
            Map.entry('\ufb03', "ffi"),
            Map.entry('\ufb04', "ffl"),
            Map.entry('\ufb05', "\u017ft"),
            Map.entry('\ufb06', "st"));

    private PromptText() {}

    static String clean(String text) {
        String fixed = fix(text);
        String unescaped = HtmlEntities.unescape(HtmlEntities.unescape(fixed));
        return WHITE_SPACE.matcher(unescaped).replaceAll(" ").strip();
    }

    private static String fix(String text) {
        String s = text.indexOf('<') < 0 ? HtmlEntities.unescape(text) : text;
        s = TERMINAL_ESCAPE.matcher(s).replaceAll("");
        s = spellOut(s);
        s = SINGLE_QUOTES.matcher(s).replaceAll("'");
        s = DOUBLE_QUOTES.matcher(s).replaceAll("\"");
        s = CONTROLS.matcher(s).replaceAll("");
        return Normalizer.normalize(s, Normalizer.Form.NFC);
    }

    private static String spellOut(String s) {
        StringBuilder out = new StringBuilder(s.length());
        s.codePoints().forEach(c -> {
            if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                out.append('\ufffd');
            } else if (c == 0x3000 || c > 0xff00 && c < 0xfff0) {
                out.append(Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC));
            } else if (c < 0x10000 && LIGATURES.containsKey((char) c)) {
                out.append(LIGATURES.get((char) c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }
}
