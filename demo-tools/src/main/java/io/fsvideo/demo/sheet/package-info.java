/**
 * Contact sheets: inputs and frames of generated clips side by side.
 *
 * <p>May depend on {@code fsvideo-core} and on the packages {@code motion} and {@code pictures} of this module.
 */
package io.fsvideo.demo.sheet;
