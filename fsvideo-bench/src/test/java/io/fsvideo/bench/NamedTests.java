package io.fsvideo.bench;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs the test classes that are named as arguments, and ends with 1 unless some ran and all passed. */
final class NamedTests {
    private NamedTests() {}

    public static void main(String[] classes) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(Arrays.stream(classes)
                                        .map(DiscoverySelectors::selectClass)
                                        .toList())
                                .build(),
                        listener);
        listener.getSummary().printFailuresTo(new PrintWriter(System.out, true));
        long passed = listener.getSummary().getTestsSucceededCount();
        System.out.println(passed + " passed of " + listener.getSummary().getTestsFoundCount());
        System.exit(passed > 0 && passed == listener.getSummary().getTestsFoundCount() ? 0 : 1);
    }
}
