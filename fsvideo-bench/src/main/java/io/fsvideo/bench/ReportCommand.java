package io.fsvideo.bench;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes reports again from kept results. */
@Command(
        name = "report",
        description = "Write report and charts of folders of results again, and a README's table.",
        footer = {"", "Example:", "  fsvideo bench report fsvideo-bench/results/cpu --readme README.md"})
final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "1..*",
            paramLabel = "FOLDER",
            description = "Folders of results; one that does not exist shows as not measured in the table.")
    private List<Path> folders;

    @Option(names = "--readme", paramLabel = "FILE", description = "File whose table is written.")
    private Path readme;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (Path folder : folders) {
            if (readme == null || Files.exists(folder.resolve(Results.FILE))) {
                Report.write(folder).forEach(file -> out.println("wrote " + file));
            }
        }
        if (readme != null) {
            ReadmeTable.write(readme, folders);
            out.println("wrote " + readme);
        }
        return 0;
    }
}
