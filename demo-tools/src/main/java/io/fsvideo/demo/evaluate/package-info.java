/**
 * Numbers of a model on held-out pictures: reconstruction, first frame, motion against the prompt, flicker, colours.
 *
 * <p>May depend on {@code fsvideo-core} and on the packages {@code motion} and {@code pictures} of this module.
 */
package io.fsvideo.demo.evaluate;
