package io.fsvideo.weights;

/** Wording of {@link WeightsException}s. */
final class Fault {
    private static final int LONGEST = 200;

    private Fault() {}

    /** {@code place} is the file, index or folder. */
    static WeightsException of(Object place, String argument, String rule, Object got) {
        return new WeightsException("weights: " + place + ": " + argument + " must be " + rule + ", got " + got);
    }

    static WeightsException of(Object place, String argument, String rule, Throwable cause) {
        return new WeightsException(
                "weights: " + place + ": " + argument + " must be " + rule + ", got "
                        + cause.getClass().getSimpleName() + " " + shortened(String.valueOf(cause.getMessage())),
                cause);
    }

    /** Names come from the file, so a hostile one may be megabytes long or hold control characters. */
    static String shortened(String text) {
        String head = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
        return head.replaceAll("\\p{Cntrl}", "?");
    }
}
