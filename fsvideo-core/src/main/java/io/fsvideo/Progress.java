package io.fsvideo;

import java.time.Duration;
import java.util.Optional;

/**
 * How far a generation is.
 *
 * @param stage the stage under way
 * @param step steps of this stage done so far, 0 when it starts
 * @param steps steps of this stage
 * @param elapsed time since the generation started
 * @param remaining estimated time to the end of this stage; zero while unknown
 * @param fraction of the whole generation that is done, 0 to 1; estimated from the clip made before with the same open model, and roughly
 *     for its first clip
 * @param left estimated time to the end of the whole generation; zero while unknown
 * @param preview the newest preview there is; empty before the first, and unless {@link Request#withPreviews} asked for them
 * @since 0.1
 */
public record Progress(
        Stage stage,
        int step,
        int steps,
        Duration elapsed,
        Duration remaining,
        double fraction,
        Duration left,
        Optional<Preview> preview) {
    @Override
    public String toString() {
        return stage + " " + step + "/" + steps + ", " + elapsed.toMillis() / 1000 + " s, "
                + (remaining.isZero() ? "" : "about " + remaining.toMillis() / 1000 + " s left in this stage");
    }
}
