package io.fsvideo.weights;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rules that turn the names of another library into ours; {@code *} in a rule stands for a number, the same ones in both names. */
final class NameTable {
    private static final String KINDS = "\\.(weight|bias|gamma)";

    private final String library;
    private final Map<Pattern, Place> rules = new LinkedHashMap<>();
    private final Set<String> left = new HashSet<>();

    /** @param library whose names they are, for messages */
    NameTable(String library) {
        this.library = library;
    }

    /** A module: its weight, bias or gamma keep their last word. */
    NameTable module(String theirs, String ours) {
        return module(theirs, ours, 0, 1);
    }

    /** A module that is the {@code part}-th of {@code parts} of one of ours. */
    NameTable module(String theirs, String ours, int part, int parts) {
        String kind = ".$" + (1 + theirs.chars().filter(c -> c == '*').count());
        rules.put(Pattern.compile(pattern(theirs) + KINDS), new Place(numbered(ours) + kind, part, parts, 0, 0));
        return this;
    }

    /** The weight of a linear layer that is the {@code part}-th of {@code parts} of a kernel {@code [out, in, 1, 1]} of ours. */
    NameTable kernel(String theirs, String ours, int part, int parts) {
        rules.put(Pattern.compile(pattern(theirs)), new Place(numbered(ours), part, parts, 0, 2));
        return this;
    }

    /** One parameter. */
    NameTable parameter(String theirs, String ours) {
        return parameter(theirs, ours, 0);
    }

    /** One parameter that has {@code ones} dimensions of 1 before those stored. */
    NameTable parameter(String theirs, String ours, int ones) {
        rules.put(Pattern.compile(pattern(theirs)), new Place(numbered(ours), 0, 1, ones, 0));
        return this;
    }

    /** A tensor that says nothing new: a copy, or a constant. */
    NameTable leaveOut(String theirs) {
        left.add(theirs);
        return this;
    }

    private static String pattern(String theirs) {
        return "\\Q" + theirs.replace("*", "\\E(\\d+)\\Q") + "\\E";
    }

    private static String numbered(String ours) {
        StringBuilder text = new StringBuilder();
        int number = 0;
        for (char c : ours.toCharArray()) {
            text.append(c == '*' ? "$" + ++number : String.valueOf(c));
        }
        return text.toString();
    }

    /** Where a stored tensor belongs; empty for those left out. A name no rule knows says so itself. */
    Optional<Place> place(String name) {
        if (left.contains(name)) {
            return Optional.empty();
        }
        for (Map.Entry<Pattern, Place> rule : rules.entrySet()) {
            Matcher matcher = rule.getKey().matcher(name);
            if (matcher.matches()) {
                Place place = rule.getValue();
                return Optional.of(new Place(
                        matcher.replaceFirst(place.name()),
                        place.part(),
                        place.parts(),
                        place.ones(),
                        place.onesAfter()));
            }
        }
        return Optional.of(Place.of(name + " (not a name of " + library + ")"));
    }
}
