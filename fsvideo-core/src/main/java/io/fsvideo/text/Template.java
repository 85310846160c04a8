package io.fsvideo.text;

import java.util.ArrayList;
import java.util.List;

/** The tokens that a {@code tokenizer.json} puts around those of one text. */
record Template(List<Integer> before, List<Integer> after) {
    /** @param json the key {@code post_processor}, null for none */
    static Template of(TokenizerJson json) {
        if (!json.isGiven()) {
            return new Template(List.of(), List.of());
        }
        if (json.type().equals("Sequence")) {
            List<TokenizerJson> steps = json.at("processors").items();
            if (steps.size() != 1) {
                throw json.at("processors").fault("one TemplateProcessing");
            }
            return of(steps.get(0));
        }
        if (!json.type().equals("TemplateProcessing")) {
            throw json.at("type").fault("TemplateProcessing");
        }
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        boolean seen = false;
        for (TokenizerJson piece : json.at("single").items()) {
            if (piece.object().at("SpecialToken").isGiven()) {
                (seen ? after : before)
                        .addAll(special(json, piece.at("SpecialToken").at("id")));
            } else if (seen || !piece.at("Sequence").at("id").text().equals("A")) {
                throw piece.fault("a SpecialToken, or Sequence A once");
            } else {
                seen = true;
            }
        }
        if (!seen) {
            throw json.at("single").fault("a list with Sequence A");
        }
        return new Template(List.copyOf(before), List.copyOf(after));
    }

    private static List<Integer> special(TokenizerJson json, TokenizerJson name) {
        TokenizerJson special = json.at("special_tokens").object().at(name.text());
        return special.object().at("ids").items().stream()
                .map(id -> id.index(Vocabulary.MOST_IDS))
                .toList();
    }

    int size() {
        return before.size() + after.size();
    }

    /** {@code ids}, cut so that all is at most {@code maxLength} long, with the tokens around them. */
    int[] around(List<Integer> ids, int maxLength) {
        List<Integer> all = new ArrayList<>(before);
        all.addAll(ids.subList(0, Math.min(ids.size(), maxLength - size())));
        all.addAll(after);
        return all.stream().mapToInt(Integer::intValue).toArray();
    }
}
