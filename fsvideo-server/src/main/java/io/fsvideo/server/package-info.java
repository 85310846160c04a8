/**
 * A small HTTP server around one open model: jobs over a JSON interface, their progress as Server-Sent Events, and a page for people. Uses
 * what every embedder may use, {@code io.fsvideo} and {@code io.fsvideo.media}, and Jetty.
 */
package io.fsvideo.server;
