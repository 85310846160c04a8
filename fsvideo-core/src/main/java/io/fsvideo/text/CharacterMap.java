package io.fsvideo.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SentencePiece's precompiled normalization: a double-array trie (Darts) from UTF-8 to an offset in a block of texts that end in 0. Read
 * as Hugging Face's {@code spm_precompiled} does, which replaces a whole grapheme of less than six bytes by what its shortest known
 * beginning stands for, and otherwise each character by itself.
 */
final class CharacterMap {
    private static final Pattern GRAPHEME = Pattern.compile("\\X");
    private static final int LONGEST_WHOLE = 6;

    private final int[] units;
    private final byte[] texts;

    private CharacterMap(int[] units, byte[] texts) {
        this.units = units;
        this.texts = texts;
    }

    /** @param json base64 of a little-endian length of the trie in bytes, the trie, and the texts */
    static CharacterMap of(TokenizerJson json) {
        ByteBuffer bytes = decode(json).order(ByteOrder.LITTLE_ENDIAN);
        long trie = bytes.remaining() < Integer.BYTES ? -1 : Integer.toUnsignedLong(bytes.getInt());
        if (trie < Integer.BYTES || trie % Integer.BYTES != 0 || trie > bytes.remaining()) {
            throw json.fault("a trie with its length before it");
        }
        int[] units = new int[(int) trie / Integer.BYTES];
        bytes.asIntBuffer().get(units);
        byte[] texts = new byte[bytes.remaining() - (int) trie];
        bytes.position(bytes.position() + (int) trie).get(texts);
        CharacterMap map = new CharacterMap(units, texts);
        if (!map.isSound()) {
            throw json.fault("a trie whose values are offsets of UTF-8 texts behind it");
        }
        return map;
    }

    private static ByteBuffer decode(TokenizerJson json) {
        try {
            return ByteBuffer.wrap(Base64.getDecoder().decode(json.text()));
        } catch (IllegalArgumentException e) {
            throw json.fault("base64");
        }
    }

    /** Texts must be UTF-8 from every value on: a damaged trie would otherwise cut characters in two. */
    private boolean isSound() {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
        } catch (CharacterCodingException e) {
            return false;
        }
        for (int at = 0; at < units.length; at++) {
            if (hasLeaf(units[at])) {
                int leaf = at ^ offset(units[at]);
                int value = leaf < 0 || leaf >= units.length ? -1 : units[leaf] & Integer.MAX_VALUE;
                if (value < 0 || value > texts.length || value < texts.length && (texts[value] & 0xc0) == 0x80) {
                    return false;
                }
            }
        }
        return true;
    }

    String normalize(String text) {
        StringBuilder out = new StringBuilder(text.length());
        Matcher graphemes = GRAPHEME.matcher(text);
        while (graphemes.find()) {
            String grapheme = graphemes.group();
            byte[] utf8 = grapheme.getBytes(StandardCharsets.UTF_8);
            String whole = utf8.length < LONGEST_WHOLE ? replacement(utf8) : null;
            if (whole != null) {
                out.append(whole);
            } else {
                grapheme.codePoints().forEach(c -> {
                    String character = Character.toString(c);
                    String one = replacement(character.getBytes(StandardCharsets.UTF_8));
                    out.append(one == null ? character : one);
                });
            }
        }
        return out.toString();
    }

    /** What the shortest known beginning of {@code key} stands for, null when none is known. */
    private String replacement(byte[] key) {
        int at = offset(units[0]);
        for (byte b : key) {
            int label = b & 0xff;
            at ^= label;
            if (label == 0 || at < 0 || at >= units.length || (units[at] & (1 << 31 | 0xff)) != label) {
                return null;
            }
            int unit = units[at];
            at ^= offset(unit);
            if (hasLeaf(unit)) {
                return text(units[at] & Integer.MAX_VALUE);
            }
        }
        return null;
    }

    private String text(int begin) {
        int end = begin;
        while (end < texts.length && texts[end] != 0) {
            end++;
        }
        return new String(texts, begin, end - begin, StandardCharsets.UTF_8);
    }

    private static boolean hasLeaf(int unit) {
        return (unit >>> 8 & 1) == 1;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }
}
