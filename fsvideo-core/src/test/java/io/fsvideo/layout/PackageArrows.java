package io.fsvideo.layout;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which package of the core may use which. A package may name only those listed before it, so no cycle is possible. The root package has
 * two floors: values, which everything from the engine on may name, and the classes that open and run models, on top.
 */
final class PackageArrows {
    private static final String ROOT = "io.fsvideo";

    /** Stands for the lower floor of the root package. */
    private static final String VALUES = ".(values)";

    private static final Set<String> VALUE_TYPES = Set.of(
            "BusyException",
            "CancelledException",
            "ClosedException",
            "Embeddings",
            "Latents",
            "MemoryPlan",
            "ModelException",
            "ModelInfo",
            "OpenOptions",
            "Parallel",
            "Preview",
            "Progress",
            "ProgressListener",
            "Request",
            "RequestException",
            "Result",
            "Stage",
            "VaeTiling",
            "Version");

    private static final Pattern PACKAGE = Pattern.compile("(?m)^package\\s+([\\w.]+)\\s*;");
    /** A type or a whole package: group 1 is the package. */
    private static final Pattern REFERENCE =
            Pattern.compile("\\b((?:io\\.fsvideo|org\\.bytedeco)(?:\\.[a-z]\\w*)*)\\.([A-Z]\\w*|\\*)");
    /** Comments, text blocks, strings and characters: whichever begins first hides the others inside it. */
    private static final Pattern NOT_CODE = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*|\"\"\".*?(?<!\\\\)\"\"\""
            + "|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'");

    private static final Map<String, Set<String>> ALLOWED = allowed();
    private static final Set<String> MAY_USE_JAVACPP = Set.of("io.fsvideo.cpu", "io.fsvideo.media");

    private PackageArrows() {}

    private static Map<String, Set<String>> allowed() {
        Map<String, Set<String>> arrows = new LinkedHashMap<>();
        arrow(arrows, ".tensor");
        arrow(arrows, ".files");
        arrow(arrows, ".comm", ".tensor", ".files");
        arrow(arrows, ".natives", ".tensor", ".files");
        arrow(arrows, ".cpu", ".tensor", ".comm", ".natives");
        arrow(arrows, ".weights", ".tensor", ".files");
        arrow(arrows, ".nn", ".tensor", ".weights");
        arrow(arrows, ".model", ".tensor", ".weights", ".nn");
        arrow(arrows, ".sample", ".tensor");
        arrow(arrows, ".media", ".tensor.FsVideoException", ".natives", ".files");
        arrow(arrows, ".text", ".tensor.FsVideoException");
        String[] models = {".tensor", ".weights", ".nn", ".model", ".sample", ".media", ".text"};
        arrow(arrows, VALUES, models);
        arrow(arrows, ".pipeline", with(models, VALUES, ".comm"));
        arrow(arrows, ".plan", with(models, VALUES, ".comm", ".pipeline"));
        arrow(arrows, ".family", with(models, VALUES, ".pipeline", ".files"));
        arrow(arrows, ".family.fsvideo", with(models, VALUES, ".pipeline", ".family"));
        arrow(arrows, ".family.wan", with(models, VALUES, ".pipeline", ".family"));
        arrow(arrows, "", with(models, VALUES, ".comm", ".pipeline", ".plan", ".family"));
        String[] all = with(models, VALUES, "", ".files", ".comm", ".pipeline", ".plan", ".family");
        arrow(arrows, ".check", all);
        arrow(arrows, ".cli", with(all, ".check"));
        return arrows;
    }

    private static String[] with(String[] targets, String... more) {
        return Stream.concat(Arrays.stream(targets), Arrays.stream(more)).toArray(String[]::new);
    }

    private static void arrow(Map<String, Set<String>> arrows, String from, String... to) {
        Set<String> targets = new LinkedHashSet<>();
        for (String target : to) {
            String name = ROOT + target;
            if (!arrows.containsKey(name.replaceFirst("\\.[A-Z]\\w*$", ""))) {
                throw new IllegalStateException(ROOT + from + ": must come after what it may use, got " + name);
            }
            targets.add(name);
        }
        arrows.put(ROOT + from, targets);
    }

    /** Every use, in the Java sources of {@code tree}, of a package that the using one may not know. */
    static List<String> violations(SourceTree tree) {
        Set<String> violations = new LinkedHashSet<>();
        for (Path file : tree.files()) {
            String code = NOT_CODE.matcher(SourceTree.read(file)).replaceAll(" ");
            Matcher name = PACKAGE.matcher(code);
            String from = name.find() ? name.group(1) : "the unnamed package";
            if (from.equals(ROOT)
                    && VALUE_TYPES.contains(file.getFileName().toString().replace(".java", ""))) {
                from = ROOT + VALUES;
            }
            String place = tree.root().relativize(file) + ": ";
            if (!ALLOWED.containsKey(from)) {
                violations.add(place + from + " must be listed in PackageArrows");
                continue;
            }
            Matcher reference = REFERENCE.matcher(code);
            while (reference.find()) {
                String to = reference.group(1);
                if (!mayUse(from, to, reference.group(2))) {
                    violations.add(place + from + " must not use " + to + "." + reference.group(2));
                }
            }
        }
        return List.copyOf(violations);
    }

    private static boolean mayUse(String from, String to, String type) {
        if (to.startsWith("org.bytedeco")) {
            return MAY_USE_JAVACPP.contains(from);
        }
        Set<String> targets = ALLOWED.get(from);
        if (to.equals(ROOT) && VALUE_TYPES.contains(type)) {
            return from.startsWith(ROOT + VALUES) || from.equals(ROOT) || targets.contains(ROOT + VALUES);
        }
        return to.equals(from) || targets.contains(to) || targets.contains(to + "." + type);
    }
}
