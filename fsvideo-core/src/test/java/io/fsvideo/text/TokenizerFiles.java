package io.fsvideo.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/** Makes {@code tokenizer.json} files of the kinds that are in use. */
final class TokenizerFiles {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int BLOCK = 256;

    private TokenizerFiles() {}

    static ObjectNode tiny() throws IOException {
        try (InputStream in = Tokenizer.class.getResourceAsStream(TinyTokenizerJson.RESOURCE)) {
            return (ObjectNode) JSON.readTree(in);
        }
    }

    /** A tokenizer like umT5's: precompiled normalization, trailing space stripped, runs of space made one mark. */
    static ObjectNode likeUmt5() throws IOException {
        ObjectNode root = tiny();
        ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
        ArrayNode steps = normalizer.putArray("normalizers");
        steps.addObject().put("type", "Precompiled").put("precompiled_charsmap", charactersMap());
        steps.addObject().put("type", "Strip").put("strip_left", false).put("strip_right", true);
        ObjectNode replace = steps.addObject().put("type", "Replace").put("content", "\u2581");
        replace.putObject("pattern").put("Regex", " {2,}");
        return root;
    }

    /** A tokenizer like T5's: text is cut at white space, then marked. */
    static ObjectNode likeT5() throws IOException {
        ObjectNode root = tiny();
        root.putObject("normalizer").put("type", "Precompiled").put("precompiled_charsmap", charactersMap());
        ObjectNode split = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = split.putArray("pretokenizers");
        steps.addObject().put("type", "WhitespaceSplit");
        steps.addObject().put("type", "Metaspace").put("replacement", "\u2581").put("add_prefix_space", true);
        return root;
    }

    /** Whole words, lower case, with tokens that take the space around them. */
    static ObjectNode words() throws IOException {
        ObjectNode root = tiny();
        root.putObject("normalizer").put("type", "Lowercase");
        root.putObject("pre_tokenizer").put("type", "Whitespace");
        ObjectNode model = root.putObject("model").put("type", "WordLevel").put("unk_token", "<unk>");
        ObjectNode vocabulary = model.putObject("vocab");
        for (String word : "<pad> </s> <unk> the camera pans left right . ! caf\u00e9 9".split(" ")) {
            vocabulary.put(word, vocabulary.size());
        }
        token(root, 12, "<mask>").put("lstrip", true);
        token(root, 7, "right").put("single_word", true);
        token(root, 13, "PAN").put("normalized", true).put("rstrip", true);
        return root;
    }

    private static ObjectNode token(ObjectNode root, int id, String content) {
        ObjectNode token = root.withArray("added_tokens").addObject();
        token.put("id", id).put("content", content).put("special", false).put("normalized", false);
        return token.put("single_word", false).put("lstrip", false).put("rstrip", false);
    }

    /** A few of the replacements of NFKC, and one for a letter with its combining mark. */
    static String charactersMap() {
        return charactersMap(Map.of(
                "\u00a0", " ", "\uff21", "A", "\ufb01", "fi", "e\u0301", "\u00e9", "\u2026", "...", "\u00ad", "", "o",
                "0"));
    }

    static String charactersMap(Map<String, String> replacements) {
        return Base64.getEncoder().encodeToString(new Trie().of(replacements));
    }

    /** A double array with a block for each node, so that nothing needs to be searched for. */
    private static final class Trie {
        private int[] units = new int[2 * BLOCK];
        private int blocks = 2;

        Trie() {
            link(0, BLOCK);
        }

        byte[] of(Map<String, String> replacements) {
            StringBuilder texts = new StringBuilder();
            replacements.forEach((key, value) -> {
                add(key.getBytes(StandardCharsets.UTF_8), texts.toString().getBytes(StandardCharsets.UTF_8).length);
                texts.append(value).append('\0');
            });
            byte[] end = texts.toString().getBytes(StandardCharsets.UTF_8);
            ByteBuffer out =
                    ByteBuffer.allocate(4 + 4 * units.length + end.length).order(ByteOrder.LITTLE_ENDIAN);
            out.putInt(4 * units.length);
            Arrays.stream(units).forEach(out::putInt);
            return out.put(end).array();
        }

        private void add(byte[] key, int value) {
            int base = BLOCK;
            int at = 0;
            for (byte b : key) {
                at = base + (b & 0xff);
                if (units[at] == 0) {
                    base = blocks++ * BLOCK;
                    units = Arrays.copyOf(units, blocks * BLOCK);
                    link(at, base);
                    units[at] |= b & 0xff;
                } else {
                    base = at ^ units[at] >>> 10;
                }
            }
            units[at] |= 1 << 8;
            units[base] = value | 1 << 31;
        }

        private void link(int at, int base) {
            units[at] |= (at ^ base) << 10;
        }
    }
}
