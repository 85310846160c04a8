package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.comm.LateSums;
import io.fsvideo.comm.RankGroup;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every reference run of the transformer on two ranks that share its heads. */
class SharedGoldenTest {
    /**
     * All but wan-i2v-batch, whose three heads two ranks cannot share.
     *
     * @param tensors compared; queries and keys after the rotary embedding are split and left out
     */
    @ParameterizedTest
    @CsvSource({"wan-t2v, 14", "wan-t2v-batch, 14", "wan-i2v, 18", "fsvideo-dit, 22"})
    void twoRanksMatchTheReferenceRun(String name, int tensors) {
        matches(name, tensors, backend -> backend);
    }

    @ParameterizedTest
    @CsvSource({"wan-t2v, 14", "wan-t2v-batch, 14", "wan-i2v, 18", "fsvideo-dit, 22"})
    void alsoWhereSumsOverlapProducts(String name, int tensors) {
        Queue<String> events = new ConcurrentLinkedQueue<>();
        matches(name, tensors, backend -> LateSums.over(backend, events::add));
        assertTrue(events.stream().anyMatch(event -> event.startsWith("start ")), "no product was halved");
    }

    private static void matches(String name, int tensors, UnaryOperator<Backend> ranksOf) {
        List<String> names = Collections.nCopies(2, TestArena.backendName());
        try (RankGroup ranks = RankGroup.open(names, BackendOptions.defaults())) {
            List<CheckReport> reports =
                    ranks.run(backend -> GoldenChecks.run(GoldenTest.GOLDENS.resolve(name), ranksOf.apply(backend)));
            for (CheckReport report : reports) {
                assertTrue(report.passed(), report::table);
                assertEquals(tensors, report.rows().size(), report::table);
            }
        }
    }
}
