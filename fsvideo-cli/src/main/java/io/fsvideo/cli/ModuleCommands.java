package io.fsvideo.cli;

import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The commands that come from other modules; one whose module is missing says so when it is used. */
final class ModuleCommands {
    private ModuleCommands() {}

    static void addTo(CommandLine root) {
        for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
            provider.commands().forEach(root::addSubcommand);
        }
        addMissing(root, "serve", "fsvideo-server", "Make clips in the browser and over HTTP.", "--port 8080");
        addMissing(
                root,
                "weights",
                "weights-tools",
                "Make, convert, inspect and merge weights.",
                "init --config tiny --seed 0 --out models/tiny");
        addMissing(root, "demo", "demo-tools", "Measure and show what the demo model makes.", "evaluate models/demo");
        addMissing(root, "bench", "fsvideo-bench", "Time operations and networks, beside other libraries.", "--help");
    }

    private static void addMissing(CommandLine root, String name, String artifact, String does, String example) {
        if (root.getSubcommands().containsKey(name)) {
            return;
        }
        CommandLine missing = new CommandLine(CommandSpec.wrapWithoutInspection(new Missing(root, name, artifact)));
        missing.getCommandSpec()
                .name(name)
                .usageMessage(new UsageMessageSpec()
                        .description(does + " The module " + artifact
                                + " has it; the script ./fsvideo builds that on first use.")
                        .footer("", "Example:", "  fsvideo " + name + " " + example));
        root.addSubcommand(name, missing);
        missing.setUnmatchedArgumentsAllowed(true);
    }

    /** Stands for a module's command. */
    private record Missing(CommandLine root, String name, String artifact) implements Callable<Integer> {
        @Override
        public Integer call() {
            root.getErr()
                    .println("error: " + name + ": class path must have io.fsvideo:" + artifact
                            + ", got none; start with the script ./fsvideo, which builds it, or add its jar");
            return 1;
        }
    }
}
