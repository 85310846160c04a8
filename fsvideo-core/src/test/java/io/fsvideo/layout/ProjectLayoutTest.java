package io.fsvideo.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectLayoutTest {
    private static final SourceTree PROJECT = SourceTree.ofProject();
    private static final SourceTree CLI = new SourceTree(PROJECT.root().resolve("fsvideo-cli/src/main/java"));
    private static final SourceTree CORE = new SourceTree(PROJECT.root().resolve("fsvideo-core/src/main/java"));

    /** Built from two halves, so that this file is not found itself. */
    private static final Pattern ASKED = Pattern.compile("instance" + "of (Wan|FsVideo)Config");

    private static final Pattern PUBLIC_TYPE =
            Pattern.compile("(?m)^public (?:final |sealed )*(?:class|interface|record|enum) (\\w+)");

    @TempDir
    Path folder;

    @Test
    void seesTheWholeProject() {
        List<Path> files = PROJECT.files();
        for (String module :
                List.of("fsvideo-core", "fsvideo-cli", "fsvideo-kernels", "fsvideo-cuda", "fsvideo-bench")) {
            assertTrue(
                    files.stream()
                            .anyMatch(file -> file.startsWith(PROJECT.root().resolve(module))),
                    module);
        }
        assertTrue(CORE.files().contains(CORE.root().resolve("io/fsvideo/tensor/Tensor.java")));
    }

    @Test
    void packagesSayWhatTheyHold() {
        assertEquals(List.of(), PROJECT.refusedPackages());
    }

    @Test
    void packagesDependOneWay() {
        assertEquals(List.of(), PackageArrows.violations(CORE));
        assertEquals(List.of(), PackageArrows.violations(CLI));
    }

    /** A type more is a promise more: whoever adds one to the package of embedders adds it here. */
    @Test
    void theRootPackageShowsWhatEmbeddersNeed() {
        Set<String> shown = new TreeSet<>();
        for (Path file : CORE.files()) {
            Matcher type = PUBLIC_TYPE.matcher(SourceTree.read(file));
            if (file.getParent().equals(CORE.root().resolve("io/fsvideo")) && type.find()) {
                shown.add(type.group(1));
            }
        }
        assertEquals(
                Set.of(
                        "BusyException",
                        "CancelledException",
                        "ClosedException",
                        "Embeddings",
                        "FsVideo",
                        "Job",
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
                        "Version"),
                shown);
    }

    @Test
    void onlyAFamilyKnowsItsConfiguration() {
        assertEquals(List.of(), configurationsAskedFor(PROJECT));
    }

    @Test
    void findsAConfigurationThatIsAskedFor() throws IOException {
        plant("io/fsvideo/family/wan/A.java", "class A { boolean b = config instance" + "of WanConfig; }\n");
        assertEquals(List.of(), configurationsAskedFor(new SourceTree(folder)));
        plant("io/fsvideo/pipeline/A.java", "class A { boolean b = config instance" + "of WanConfig; }\n");
        assertEquals(1, configurationsAskedFor(new SourceTree(folder)).size());
    }

    private static List<Path> configurationsAskedFor(SourceTree tree) {
        return tree.files().stream()
                .filter(file -> !file.toString().contains("io/fsvideo/family/"))
                .filter(file -> ASKED.matcher(SourceTree.read(file)).find())
                .map(file -> tree.root().relativize(file))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"util", "common", "helper"})
    void refusesVaguePackages(String name) throws IOException {
        SourceTree planted = plant("io/fsvideo/" + name + "/deep/A.java", "class A {}\n");
        assertEquals(1, planted.refusedPackages().size());
    }

    @ParameterizedTest
    @CsvSource({
        "tensor,    import io.fsvideo.weights.Weights;",
        "weights,   import io.fsvideo.nn.*;",
        "nn,        import static io.fsvideo.model.DitConfig.TINY;",
        "sample,    import io.fsvideo.weights.Weights;",
        "model,     class A { io.fsvideo.sample.Euler euler; }",
        "model,     class A { io.fsvideo.Request request; }",
        "model,     import io.fsvideo.cpu.CpuOps;",
        "media,     import io.fsvideo.tensor.Tensor;",
        "cpu,       import io.fsvideo.weights.Weights;",
        "check,     import io.fsvideo.cli.Main;",
        "pipeline,  import io.fsvideo.FsVideo;",
        "pipeline,  import io.fsvideo.family.ModelFamily;",
        "plan,      import io.fsvideo.family.wan.WanConfig;",
        "family,    import io.fsvideo.family.wan.WanConfig;",
        "family.wan,import io.fsvideo.family.fsvideo.FsVideoConfig;",
        "cli,       import io.fsvideo.cpu.CpuBackend;",
        "model,     import org.bytedeco.javacpp.Pointer;",
        "unlisted,  class A {}",
    })
    void refusesBackEdges(String from, String code) throws IOException {
        SourceTree planted = plant("A.java", "package io.fsvideo." + from + ";\n\n" + code + "\n");
        List<String> violations = PackageArrows.violations(planted);
        assertEquals(1, violations.size(), violations.toString());
        assertTrue(violations.get(0).startsWith("A.java: io.fsvideo." + from + " must "), violations.get(0));
    }

    @ParameterizedTest
    @CsvSource({
        "media,  import io.fsvideo.tensor.FsVideoException;",
        "check,  import io.fsvideo.FsVideo;",
        "pipeline, import io.fsvideo.Request;",
        "family.wan, import io.fsvideo.pipeline.ModelConfig;",
        "model,  import io.fsvideo.nn.Linear;",
        "tensor, /** Opened by {@code io.fsvideo.cpu.CpuBackend}. */",
        "tensor, class A { String name = \"io.fsvideo.weights.Weights\"; }",
        "cpu,    import org.bytedeco.dnnl.engine;",
    })
    void acceptsForwardEdgesAndProse(String from, String code) throws IOException {
        assertEquals(
                List.of(),
                PackageArrows.violations(plant("A.java", "package io.fsvideo." + from + ";\n\n" + code + "\n")));
    }

    private SourceTree plant(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return new SourceTree(folder);
    }
}
