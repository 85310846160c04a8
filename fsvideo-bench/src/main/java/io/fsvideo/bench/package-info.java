/**
 * JMH benches, one per method of {@link io.fsvideo.tensor.Ops} and of the same name, and the command that runs and compares them.
 *
 * <p>May depend on every other module; nobody depends on it.
 */
package io.fsvideo.bench;
