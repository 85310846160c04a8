/**
 * Other libraries doing the work of the benches, on the very numbers that this library works on.
 *
 * <p>Built with the Maven profile {@code peers} only, because of the libraries' size.
 */
package io.fsvideo.peers;
