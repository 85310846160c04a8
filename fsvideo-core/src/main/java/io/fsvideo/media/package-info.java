/**
 * Images in, videos out: reading a picture, fitting it to a size the model takes, writing the clip.
 *
 * <p>May depend on {@code io.fsvideo.tensor} (exceptions only), the JDK, metadata-extractor, the TwelveMonkeys WebP
 * reader, Jackson, and, for MP4 alone, FFmpeg through JavaCPP, which an embedder may leave out.
 */
package io.fsvideo.media;
