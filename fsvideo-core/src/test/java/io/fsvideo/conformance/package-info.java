/**
 * What every backend must do: one class per operation of {@code Ops}, run on the backend named by {@code -Dfsvideo.backend} (default
 * {@code cpu}) and compared with {@code io.fsvideo.reference} in binary64. Depends on {@code io.fsvideo.tensor} and the reference.
 */
package io.fsvideo.conformance;
