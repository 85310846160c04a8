/**
 * Held-out pictures, true clips of them under camera moves, and the lettering drawn on pictures and sheets.
 *
 * <p>May depend on {@code fsvideo-core} and on {@code io.fsvideo.demo.motion}.
 */
package io.fsvideo.demo.pictures;
