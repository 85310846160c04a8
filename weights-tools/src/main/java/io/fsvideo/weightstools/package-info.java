/**
 * Command line tools for weights: inspect, init, convert, shard, quantize, check.
 *
 * <p>May depend on {@code fsvideo-core}; nobody depends on it.
 */
package io.fsvideo.weightstools;
