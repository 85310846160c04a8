package io.fsvideo.weightstools.pickle;

import io.fsvideo.weights.WeightsException;

/** Wording of errors about files that are not what they should be. */
final class Refusal {
    private static final int LONGEST = 200;

    private Refusal() {}

    static WeightsException of(Object place, String argument, String rule, Object got) {
        return new WeightsException("weights: " + place + ": " + argument + " must be " + rule + ", got " + got);
    }

    /** Names come from the file, so a hostile one may be megabytes long or hold control characters. */
    static String shortened(String text) {
        String head = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
        return head.replaceAll("\\p{Cntrl}", "?");
    }
}
