package io.fsvideo.cuda;

/** A point in a {@link Stream}'s queue. */
interface Event extends AutoCloseable {
    /** Waits until the point has been passed; returns at once when never recorded. */
    void synchronize();

    /** Milliseconds from {@code start} to this point, both passed. */
    float millisecondsSince(Event start);

    @Override
    void close();
}
