/**
 * How a picture moved: camera moves, the measure of shift, scale and rotation between two frames by phase correlation.
 *
 * <p>May depend on {@code fsvideo-core} and nothing else of this module.
 */
package io.fsvideo.demo.motion;
