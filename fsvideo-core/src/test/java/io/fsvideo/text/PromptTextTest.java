package io.fsvideo.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected texts: Python's {@code html.unescape} and the documented rules of ftfy 6. */
class PromptTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "a  b\t\u00a0c\u2003d |a b c d",
                "&lt;b&gt; &amp;amp; &quot;x&quot;|<b> & \"x\"",
                "&amp;amp;lt;|<",
                "<i> &amp;lt;|<i> <",
                "&#233;&#xE9;&#XE9|\u00e9\u00e9\u00e9",
                "&#150;&#128;|\u2013\u20ac",
                "&#0;&#xD800;&#1114112;&#99999999999;|\ufffd\ufffd\ufffd\ufffd",
                "a&#1;b&#xfffe;c|abc",
                "&copy2026 &notit; &not-a; &bogus; & &;|\u00a92026 \u00acit; \u00ac-a; &bogus; & &;",
                "&hellip;&hellip &hearts;|\u2026&hellip \u2665",
                "\u201cquoted\u201d \u2018it\u2019s\u2019|\"quoted\" 'it's'",
                "\ufb01re \ufb04 \uff21\uff22\uff01 \uff76\uff9e|fire ffl AB! \u30ac",
                "e\u0301|\u00e9",
                "a\u001b[31mred\u001b[0m|ared",
                "a\u0007\ufeffb|ab",
                "\ud83c\udfac|\ud83c\udfac",
            })
    void cleans(String text, String expected) {
        assertEquals(expected, PromptText.clean(text));
    }

    @Test
    void lineBreaksAndLoneSurrogates() {
        assertEquals("line line line", PromptText.clean("line\r\nline\u2028line"));
        assertEquals("\ufffd x \ufffd", PromptText.clean("\ud83c x \udfac"));
        assertEquals("", PromptText.clean(""));
    }
}
