/**
 * JMH benches that report a rate beside a baseline.
 *
 * <p>May depend on every other module; nobody depends on it.
 */
package io.fsvideo.bench;
