package io.fsvideo.kernels;

import java.util.List;

/**
 * An integer expression of a contract, compiled into its {@link LaunchProgram}.
 *
 * @param text as the source writes it
 * @param register where its value stands after the program has run
 * @param names the variables it reads
 */
record Expression(String text, int register, List<String> names) {
    /** Whether it is one variable or one number. */
    boolean isPlain() {
        return text.matches("[\\w.]+");
    }

    @Override
    public String toString() {
        return text;
    }
}
