package io.fsvideo.kernels;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A condition of a contract: two expressions and the comparison between them. */
final class LaunchRule {
    private static final Pattern COMPARISON = Pattern.compile("([^=!<>&|]+)([=!<>]=|[<>])([^=!<>&|]+)");
    private static final Pattern MULTIPLE = Pattern.compile("(.+) % (\\w+)");
    private static final Map<String, String> WORDS = Map.of(
            "==", "be", "!=", "not be", "<", "be below", "<=", "be at most", ">", "be above", ">=", "be at least");

    private final Expression holds;
    private final Expression left;
    private final Expression right;
    private final String subject;
    private final String demand;

    private LaunchRule(Expression holds, Expression left, Expression right, String subject, String demand) {
        this.holds = holds;
        this.left = left;
        this.right = right;
        this.subject = subject;
        this.demand = demand;
    }

    /** @throws KernelImageException if the text is no condition over these names */
    static LaunchRule parse(String text, Map<String, ExpressionParser.Slot> slots) {
        Expression holds = ExpressionParser.parse(text, slots);
        Matcher comparison = COMPARISON.matcher(text.strip());
        if (!comparison.matches()) {
            return new LaunchRule(holds, null, null, String.join(", ", holds.names()), "satisfy " + text.strip());
        }
        String subject = comparison.group(1).strip();
        String bound = comparison.group(3).strip();
        Matcher multiple = MULTIPLE.matcher(subject);
        String demand = WORDS.get(comparison.group(2)) + " " + bound;
        if (demand.equals("be 0") && multiple.matches()) {
            subject = multiple.group(1);
            demand = "be a multiple of " + multiple.group(2);
        }
        Expression right = ExpressionParser.parse(bound, slots);
        return new LaunchRule(holds, ExpressionParser.parse(subject, slots), right, subject, demand);
    }

    boolean holds(long[] frame, int stack) {
        return holds.value(frame, stack) != 0;
    }

    List<String> names() {
        return holds.names();
    }

    /** {@code <argument> must be <rule>, got <value>}. */
    String broken(LaunchNumbers numbers, long[] frame) {
        StringBuilder message = new StringBuilder(subject).append(" must ").append(demand);
        if (right != null && !right.names().isEmpty() && !demand.startsWith("be a multiple")) {
            message.append(" = ").append(numbers.value(right, frame));
        }
        if (left == null) {
            return message.append(", got ")
                    .append(numbers.values(holds.names(), frame))
                    .toString();
        }
        message.append(", got ").append(numbers.value(left, frame));
        Set<String> composite = new LinkedHashSet<>();
        composite.addAll(left.isPlain() ? List.of() : left.names());
        composite.addAll(right.isPlain() ? List.of() : right.names());
        if (!composite.isEmpty()) {
            message.append(" (")
                    .append(numbers.values(List.copyOf(composite), frame))
                    .append(")");
        }
        return message.toString();
    }

    @Override
    public String toString() {
        return holds.toString();
    }
}
