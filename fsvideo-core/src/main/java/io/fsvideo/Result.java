package io.fsvideo;

import io.fsvideo.media.Video;
import java.time.Duration;
import java.util.Map;

/**
 * A finished generation.
 *
 * @param video the frames, with the request as metadata; null in a process that is not the first rank of its group
 * @param timings time spent in each stage
 * @param peakBytes most bytes in use on the backend during the generation, weights included
 * @since 0.1
 */
public record Result(Video video, Map<Stage, Duration> timings, long peakBytes) {}
