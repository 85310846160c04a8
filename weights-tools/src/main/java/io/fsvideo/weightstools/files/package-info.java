/**
 * Results that appear complete under their name or not at all.
 *
 * <p>May depend on {@code fsvideo-core} and nothing else of this module.
 */
package io.fsvideo.weightstools.files;
