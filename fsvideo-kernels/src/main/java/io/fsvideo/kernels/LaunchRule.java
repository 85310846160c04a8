package io.fsvideo.kernels;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A condition of a contract: the register that must be in a range, and the words that say so. */
final class LaunchRule {
    private static final Pattern COMPARISON = Pattern.compile("([^=!<>&|]+)([=!<>]=|[<>])([^=!<>&|]+)");
    private static final Pattern MULTIPLE = Pattern.compile("(.+) % (\\w+)");
    private static final Map<String, String> WORDS = Map.of(
            "==", "be", "!=", "not be", "<", "be below", "<=", "be at most", ">", "be above", ">=", "be at least");

    private final Expression holds;
    private final String demand;
    private final Expression subject;
    private final Expression bound;
    private int register;
    private long low = 1;
    private long high = 1;

    private LaunchRule(Expression holds, String demand, Expression subject, Expression bound) {
        this.holds = holds;
        this.demand = demand;
        this.subject = subject;
        this.bound = bound;
        register = holds.register();
    }

    /** @param compile makes a program's expression of a text */
    static LaunchRule parse(String text, Function<String, Expression> compile) {
        Matcher comparison = COMPARISON.matcher(text.strip());
        if (!comparison.matches()) {
            return new LaunchRule(compile.apply(text), "satisfy " + text.strip(), null, null);
        }
        String left = comparison.group(1).strip();
        String right = comparison.group(3).strip();
        Matcher multiple = MULTIPLE.matcher(left);
        if (comparison.group(2).equals("==") && right.equals("0") && multiple.matches()) {
            return multiple(text, multiple, compile);
        }
        String demand = WORDS.get(comparison.group(2)) + " " + right;
        if (!right.matches("\\d+") || comparison.group(2).equals("!=")) {
            return new LaunchRule(compile.apply(text), demand, compile.apply(left), compile.apply(right));
        }
        Expression subject = compile.apply(left);
        LaunchRule rule = new LaunchRule(new Expression(text.strip(), 0, subject.names()), demand, subject, null);
        rule.between(comparison.group(2), Long.parseLong(right));
        return rule;
    }

    private static LaunchRule multiple(String text, Matcher multiple, Function<String, Expression> compile) {
        Expression remainder = compile.apply(multiple.group());
        Expression subject = compile.apply(multiple.group(1));
        Expression divisor = compile.apply(multiple.group(2));
        LaunchRule rule = new LaunchRule(
                new Expression(text.strip(), remainder.register(), remainder.names()),
                "be a multiple of " + divisor,
                subject,
                divisor.names().isEmpty() ? null : divisor);
        rule.low = 0;
        rule.high = 0;
        return rule;
    }

    /** A comparison with a constant needs no code of its own. */
    private void between(String sign, long bound) {
        register = subject.register();
        low = switch (sign) {
            case "==", ">=" -> bound;
            case ">" -> bound + 1;
            default -> Long.MIN_VALUE;
        };
        high = switch (sign) {
            case "==", "<=" -> bound;
            case "<" -> bound - 1;
            default -> LaunchProgram.TOO_LARGE - 1;
        };
    }

    int register() {
        return register;
    }

    long low() {
        return low;
    }

    long high() {
        return high;
    }

    boolean holds(long[] frame) {
        return frame[register] >= low && frame[register] <= high;
    }

    /** Whether this is {@code number == constant}. */
    boolean fixes(String number) {
        return subject != null && subject.text().equals(number) && register == subject.register() && low == high;
    }

    List<String> names() {
        return holds.names();
    }

    /** {@code <argument> must be <rule>}. */
    String claim() {
        return (subject == null ? String.join(", ", names()) : subject.text()) + " must " + demand;
    }

    /** {@code <argument> must be <rule>, got <value>}. */
    String broken(LaunchNumbers numbers, long[] frame) {
        if (subject == null) {
            return claim() + ", got " + numbers.values(names(), frame);
        }
        StringBuilder message = new StringBuilder(claim());
        if (bound != null && !bound.names().isEmpty()) {
            message.append(" = ").append(numbers.value(bound, frame));
        }
        message.append(", got ").append(numbers.value(subject, frame));
        Set<String> parts = new LinkedHashSet<>(subject.isPlain() ? List.of() : subject.names());
        parts.addAll(bound == null || bound.isPlain() ? List.of() : bound.names());
        if (!parts.isEmpty()) {
            message.append(" (")
                    .append(numbers.values(List.copyOf(parts), frame))
                    .append(")");
        }
        return message.toString();
    }

    @Override
    public String toString() {
        return holds.toString();
    }
}
