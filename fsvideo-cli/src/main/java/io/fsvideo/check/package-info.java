/**
 * Proof against reference runs: a {@link io.fsvideo.check.Golden} directory holds a model's configuration, weights, inputs and the
 * numbers its reference implementation produced. Depends on {@code tensor}, {@code weights}, {@code nn}, {@code model} and
 * {@code sample}.
 */
package io.fsvideo.check;
