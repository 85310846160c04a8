/**
 * Image to video: open a model directory, make a request, get frames.
 *
 * <p>The only package an embedder must know. May depend on {@code tensor}, {@code weights}, {@code nn}, {@code model},
 * {@code sample} and {@code media}.
 */
package io.fsvideo;
