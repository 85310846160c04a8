/**
 * The plain definition of every operation in binary64, written to be read, and a backend called {@code reference} made of it. What
 * the other backends are compared with; depends on {@code io.fsvideo.tensor} only.
 */
package io.fsvideo.reference;
