/**
 * Image to video: open a model directory with {@link io.fsvideo.FsVideo}, make a {@link io.fsvideo.Request}, get a
 * {@link io.fsvideo.Result}. The only package an embedder must know, with {@code io.fsvideo.media} for images and videos.
 * Depends on every package but {@code io.fsvideo.cpu}, {@code io.fsvideo.check} and {@code io.fsvideo.cli}.
 */
package io.fsvideo;
