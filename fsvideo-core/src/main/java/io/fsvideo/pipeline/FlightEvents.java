package io.fsvideo.pipeline;

import io.fsvideo.Stage;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** What a flight recording says of the inside of a job, on the thread that computes it. */
final class FlightEvents {
    private FlightEvents() {}

    @Name("io.fsvideo.Stage")
    @Label("Stage")
    @Category("FSVideo")
    @StackTrace(false)
    static final class StageEvent extends Event {
        @Label("Stage")
        String stage;

        @Label("Steps")
        int steps;

        static StageEvent begun(Stage stage, int steps) {
            StageEvent event = new StageEvent();
            event.stage = stage.name();
            event.steps = steps;
            event.begin();
            return event;
        }
    }

    @Name("io.fsvideo.Step")
    @Label("Step")
    @Category("FSVideo")
    @StackTrace(false)
    static final class StepEvent extends Event {
        @Label("Stage")
        String stage;

        @Label("Step")
        int step;

        static StepEvent begun(Stage stage, int step) {
            StepEvent event = new StepEvent();
            event.stage = stage.name();
            event.step = step;
            event.begin();
            return event;
        }
    }
}
