package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.comm.RankGroup;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.BackendOptions;
import java.util.Collections;
import java.util.List;
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
        List<String> names = Collections.nCopies(2, TestArena.backendName());
        try (RankGroup ranks = RankGroup.open(names, BackendOptions.defaults())) {
            List<CheckReport> reports =
                    ranks.run(backend -> GoldenChecks.run(GoldenTest.GOLDENS.resolve(name), backend));
            for (CheckReport report : reports) {
                assertTrue(report.passed(), report::table);
                assertEquals(tensors, report.rows().size(), report::table);
            }
        }
    }
}
