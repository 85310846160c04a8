package io.fsvideo.cuda.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is late, and from when on, over marks that pass when they are told to. */
class QueuedCollectivesTest {
    private static final Duration NOTHING = Duration.ofNanos(-1);
    private static final Duration AGES = Duration.ofDays(1);

    private static final class Mark implements NcclDevice.Mark {
        private boolean passed;
        private int closed;

        @Override
        public boolean passed() {
            return passed;
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private final QueuedCollectives queue = new QueuedCollectives();
    private final Mark[] marks = {new Mark(), new Mark(), new Mark(), new Mark()};

    private void queueTwo() {
        queue.add("first", marks[0]).endsAt(marks[1]);
        queue.add("second", marks[2]).endsAt(marks[3]);
    }

    @Test
    void whatTheDeviceHasNotComeToIsNotLate() {
        queueTwo();
        assertNull(queue.late(NOTHING));
        assertEquals(0, queue.reached());
        marks[0].passed = true;
        assertNull(queue.late(AGES));
        assertEquals("first", queue.late(NOTHING));
        assertEquals(1, queue.reached());
    }

    @Test
    void whatHasEndedIsForgottenAndTheNextIsWatched() {
        queueTwo();
        for (int i = 0; i < 3; i++) {
            marks[i].passed = true;
        }
        assertEquals("second", queue.late(NOTHING));
        assertEquals(2, queue.reached());
        assertEquals(1, marks[0].closed);
        assertEquals(1, marks[1].closed);
        assertEquals(0, marks[2].closed);
        marks[3].passed = true;
        assertNull(queue.late(NOTHING));
        assertEquals(1, marks[3].closed);
    }

    @Test
    void aCallThatDoesNotReturnIsLate() {
        queue.add("stuck", marks[0]);
        marks[0].passed = true;
        assertEquals("stuck", queue.late(NOTHING));
    }

    @Test
    void clearGivesAllBack() {
        queueTwo();
        queue.clear();
        assertNull(queue.late(NOTHING));
        for (Mark mark : marks) {
            assertEquals(1, mark.closed);
        }
    }
}
