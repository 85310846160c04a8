package io.fsvideo.kernels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the entries of a {@code .cu} file: {@code extern "C" __global__ void __launch_bounds__(...) name(parameters)}. */
final class KernelSource {
    private static final Pattern ENTRY = Pattern.compile(
            "extern \"C\" __global__ void(?:\\s+__launch_bounds__\\([^)]*\\))?\\s+(\\w+)\\s*\\(([^)]*)\\)",
            Pattern.DOTALL);
    private static final Pattern COMMENT = Pattern.compile("//[^\n]*");
    private static final Pattern NOISE = Pattern.compile("\\b(const|__restrict__|__grid_constant__)\\b");

    private KernelSource() {}

    /** Entry name to parameters, in the order of the file. */
    static Map<String, List<KernelParameter>> entries(String source) {
        Map<String, List<KernelParameter>> entries = new LinkedHashMap<>();
        Matcher matcher = ENTRY.matcher(COMMENT.matcher(source).replaceAll(""));
        while (matcher.find()) {
            List<KernelParameter> parameters = new ArrayList<>();
            for (String declaration : matcher.group(2).split(",")) {
                if (!declaration.isBlank()) {
                    parameters.add(parameter(matcher.group(1), declaration));
                }
            }
            entries.put(matcher.group(1), List.copyOf(parameters));
        }
        return entries;
    }

    private static KernelParameter parameter(String entry, String declaration) {
        String plain =
                NOISE.matcher(declaration).replaceAll(" ").replace("*", " * ").trim();
        int space = plain.lastIndexOf(' ');
        if (space < 0) {
            throw new KernelImageException(
                    entry + ": parameter must have a type and a name, got " + declaration.trim());
        }
        String type = plain.substring(0, space).replaceAll("\\s+", "");
        return new KernelParameter(plain.substring(space + 1), type);
    }
}
