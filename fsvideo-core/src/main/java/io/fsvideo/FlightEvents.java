package io.fsvideo;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** What a flight recording says of models and jobs; {@code io.fsvideo.pipeline.FlightEvents} adds stages and steps. */
final class FlightEvents {
    private FlightEvents() {}

    @Name("io.fsvideo.Open")
    @Label("Model Opened")
    @Description("A model was opened: its files were checked and its weights loaded, unless they stay off the backend")
    @Category("FSVideo")
    @StackTrace(false)
    static final class Open extends Event {
        @Label("Directory")
        String directory;

        @Label("Model and Backend")
        String description;

        @Label("Bytes in Use")
        @DataAmount
        long bytesInUse;

        static Open begun(Path directory) {
            Open event = new Open();
            event.directory = directory.toString();
            event.begin();
            return event;
        }

        void ended(FsVideo opened) {
            if (shouldCommit()) {
                description = opened.description();
                bytesInUse = opened.bytesInUse();
                commit();
            }
        }
    }

    @Name("io.fsvideo.Job")
    @Label("Job")
    @Description("A job had its turn; what was stopped while it waited has no duration")
    @Category("FSVideo")
    @StackTrace(false)
    static final class Ran extends Event {
        @Label("Id")
        String id;

        @Label("State")
        String state;

        @Label("Failure")
        String failure;

        @Label("Time in the Queue")
        @Timespan(Timespan.MILLISECONDS)
        long waited;

        void ended(Job job) {
            end();
            if (shouldCommit()) {
                id = job.id();
                state = job.state().name();
                failure = job.failure().map(Throwable::toString).orElse(null);
                waited = Duration.between(
                                job.submitted(), job.started().or(job::ended).orElseGet(Instant::now))
                        .toMillis();
                commit();
            }
        }
    }
}
