package io.fsvideo.bench;

import io.fsvideo.tensor.Backend;
import java.util.SplittableRandom;

/** Runs a call once and compares a sample of its result with the definition; every element must have been written. */
final class AnswerCheck {
    private static final int SAMPLES = 32;

    private AnswerCheck() {}

    /** @throws WrongResultException naming the first element that is off */
    static void check(String bench, Call call, Backend backend) {
        backend.ops().fill(call.checked(), Float.NaN);
        call.timed().accept(backend.ops());
        call.reading().accept(backend.ops());
        backend.synchronize();
        float[] values = call.checked().toFloats();
        for (int i = 0; i < values.length; i++) {
            if (Float.isNaN(values[i])) {
                throw wrong(bench, call, i, "a number", values[i]);
            }
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int sample = 0; sample < SAMPLES; sample++) {
            int i = switch (sample) {
                case 0 -> 0;
                case 1 -> values.length - 1;
                default -> random.nextInt(values.length);
            };
            Expected expected = call.definition().apply(i);
            if (!expected.allows(values[i], call.checked().dtype())) {
                throw wrong(bench, call, i, expected.value() + " within " + expected.error(), values[i]);
            }
        }
    }

    private static WrongResultException wrong(String bench, Call call, int i, String rule, float got) {
        return new WrongResultException(bench + ": element " + i + " of " + call.checked() + " must be " + rule
                + ", got " + got + "; nothing was timed");
    }
}
