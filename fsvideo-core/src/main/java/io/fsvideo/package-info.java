/**
 * Image to video: open a model directory with {@link io.fsvideo.FsVideo}, make a {@link io.fsvideo.Request}, get a
 * {@link io.fsvideo.Result}. The only package an embedder must know, with {@code io.fsvideo.media} for images and videos.
 * Its values (requests, options, results, errors) are what all packages from the engine on may name.
 */
package io.fsvideo;
