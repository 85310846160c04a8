/**
 * Programs that show on a machine with a GPU what works there and how fast; the portable bundle runs them one after another.
 *
 * <p>May depend on the whole library; nobody imports it. A last line that begins with {@code RESULT} sums a program up.
 */
package io.fsvideo.cuda.checks;
