/**
 * Whether a model fits on given devices.
 *
 * <p>May depend on {@code fsvideo-core} and nothing else of this module.
 */
package io.fsvideo.weightstools.plan;
