package io.fsvideo.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Cuts one word of normalized text into pieces that have ids. */
interface Vocabulary {
    /** More ids than any text encoder has rows. */
    long MOST_IDS = 1L << 24;

    /** Appends the ids of {@code word}, which is not empty. */
    void encode(String word, List<Integer> ids);

    /** The id of a piece, null when there is none. */
    Integer id(String piece);

    /** @param json the key {@code model} */
    static Vocabulary of(TokenizerJson json) {
        return switch (json.type()) {
            case "Unigram" -> Unigram.of(json);
            case "WordLevel" -> WordLevel.of(json);
            default -> throw json.at("type").fault("Unigram (T5, umT5) or WordLevel");
        };
    }

    /** Every word has an id of its own or is unknown. */
    record WordLevel(Map<String, Integer> ids, int unknown) implements Vocabulary {
        static WordLevel of(TokenizerJson json) {
            TokenizerJson vocabulary = json.at("vocab");
            Map<String, Integer> ids = new HashMap<>();
            vocabulary.names().forEach(word -> ids.put(word, vocabulary.at(word).index(MOST_IDS)));
            Integer unknown = ids.get(json.at("unk_token").text());
            if (unknown == null) {
                throw json.at("unk_token").fault("a word of model.vocab");
            }
            return new WordLevel(ids, unknown);
        }

        @Override
        public void encode(String word, List<Integer> found) {
            found.add(ids.getOrDefault(word, unknown));
        }

        @Override
        public Integer id(String piece) {
            return ids.get(piece);
        }
    }

    /**
     * The likeliest cut of a word into pieces, found as SentencePiece and Hugging Face's tokenizers do: a character that no piece begins
     * with costs ten more than the rarest piece; unknown characters side by side become one, or bytes where the vocabulary has all.
     */
    final class Unigram implements Vocabulary {
        private static final double UNKNOWN_PENALTY = 10;
        private static final int BYTES = 256;

        private final String[] pieces;
        private final int[] ids;
        private final double[] scores;
        private final int unknown;
        private final int[] bytes;
        private final double unknownScore;

        /** @param unknown -1 for none @param byteFallback whether unknown characters become bytes */
        private Unigram(List<String> vocabulary, double[] scores, int unknown, boolean byteFallback) {
            Map<String, Integer> last = new HashMap<>();
            for (int id = 0; id < scores.length; id++) {
                last.put(vocabulary.get(id), id);
            }
            pieces = last.keySet().toArray(String[]::new);
            Arrays.sort(pieces);
            ids = Arrays.stream(pieces).mapToInt(last::get).toArray();
            this.scores = scores;
            this.unknown = unknown;
            unknownScore = Arrays.stream(scores).min().orElseThrow() - UNKNOWN_PENALTY;
            bytes = byteFallback ? bytes() : null;
        }

        static Unigram of(TokenizerJson json) {
            List<TokenizerJson> entries = json.at("vocab").items();
            if (entries.isEmpty() || entries.size() > MOST_IDS) {
                throw json.at("vocab").fault("a list of 1 to " + MOST_IDS + " pieces");
            }
            List<String> pieces = new ArrayList<>(entries.size());
            double[] scores = new double[entries.size()];
            for (TokenizerJson entry : entries) {
                List<TokenizerJson> pair = entry.items();
                if (pair.size() != 2) {
                    throw entry.fault("a piece and its score");
                }
                scores[pieces.size()] = pair.get(1).finite();
                pieces.add(pair.get(0).text());
            }
            TokenizerJson unknown = json.at("unk_id");
            return new Unigram(
                    pieces,
                    scores,
                    unknown.isGiven() ? unknown.index(scores.length) : -1,
                    json.at("byte_fallback").flag(false));
        }

        private int[] bytes() {
            int[] found = new int[BYTES];
            for (int b = 0; b < BYTES; b++) {
                Integer id = id(String.format(Locale.ROOT, "<0x%02X>", b));
                found[b] = id == null ? -1 : id;
            }
            return found;
        }

        @Override
        public Integer id(String piece) {
            int at = Arrays.binarySearch(pieces, piece);
            return at < 0 ? null : ids[at];
        }

        @Override
        public void encode(String word, List<Integer> found) {
            int size = word.length();
            int[] from = new int[size + 1];
            int[] best = new int[size + 1];
            double[] score = new double[size + 1];
            Arrays.fill(from, -1);
            for (int start = 0; start < size; ) {
                int next = start + Character.charCount(word.codePointAt(start));
                boolean known = extend(word, start, next, from, best, score);
                if (!known && improves(from, score, next, unknownScore + score[start])) {
                    from[next] = start;
                    best[next] = -1;
                    score[next] = unknownScore + score[start];
                }
                start = next;
            }
            append(word, from, best, found);
        }

        /** Tries every piece that begins at {@code start}; says whether one ends at {@code next}. */
        private boolean extend(String word, int start, int next, int[] from, int[] best, double[] score) {
            boolean known = false;
            int low = 0;
            int high = pieces.length;
            for (int end = start + 1; end <= word.length(); end++) {
                int depth = end - start;
                char c = word.charAt(end - 1);
                low = bound(low, high, depth, c);
                high = bound(low, high, depth, c + 1);
                if (low == high) {
                    break;
                }
                if (pieces[low].length() == depth) {
                    double candidate = scores[ids[low]] + score[start];
                    if (improves(from, score, end, candidate)) {
                        from[end] = start;
                        best[end] = low;
                        score[end] = candidate;
                    }
                    known |= end == next;
                }
            }
            return known;
        }

        private static boolean improves(int[] from, double[] score, int end, double candidate) {
            return from[end] < 0 || candidate > score[end];
        }

        /** The first of the sorted pieces {@code low .. high - 1}, equal in depth - 1 characters, whose next one is at least {@code c}. */
        private int bound(int low, int high, int depth, int c) {
            int first = low;
            int last = high;
            while (first < last) {
                int middle = (first + last) >>> 1;
                String piece = pieces[middle];
                if (piece.length() < depth || piece.charAt(depth - 1) < c) {
                    first = middle + 1;
                } else {
                    last = middle;
                }
            }
            return first;
        }

        private void append(String word, int[] from, int[] best, List<Integer> found) {
            int mark = found.size();
            int unknownEnd = -1;
            for (int end = word.length(); end > 0; end = from[end]) {
                boolean isUnknown = best[end] < 0 || ids[best[end]] == unknown;
                if (isUnknown && unknownEnd < 0) {
                    unknownEnd = end;
                }
                if (!isUnknown) {
                    found.add(ids[best[end]]);
                } else if (from[end] == 0 || isKnown(from[end], best)) {
                    appendReversed(word.substring(from[end], unknownEnd), found);
                    unknownEnd = -1;
                }
            }
            Collections.reverse(found.subList(mark, found.size()));
        }

        private boolean isKnown(int end, int[] best) {
            return best[end] >= 0 && ids[best[end]] != unknown;
        }

        /** Characters without a piece, which together may be one all the same. */
        private void appendReversed(String text, List<Integer> found) {
            Integer whole = id(text);
            if (whole != null) {
                found.add(whole);
                return;
            }
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            if (bytes != null && hasAll(utf8)) {
                for (int i = utf8.length - 1; i >= 0; i--) {
                    found.add(bytes[utf8[i] & 0xff]);
                }
            } else if (unknown >= 0) {
                found.add(unknown);
            } else {
                throw new TokenizerException(
                        "tokenizer: the prompt has characters without a piece, and model.unk_id is not given");
            }
        }

        private boolean hasAll(byte[] utf8) {
            for (byte b : utf8) {
                if (bytes[b & 0xff] < 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
