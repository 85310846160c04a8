package io.fsvideo.demo.evaluate;

import io.fsvideo.demo.motion.Motion;

/**
 * Two seeds on one picture and prompt.
 *
 * @param difference mean absolute difference of the clips, in 8-bit levels
 * @param right whether the first moved as prompted
 * @param otherRight whether the second did
 */
public record SeedRow(String picture, Motion prompt, double difference, boolean right, boolean otherRight) {}
