/**
 * The command line: {@link io.fsvideo.cli.Main} and one class per command, on picocli (an optional dependency). Depends on every
 * package but {@code io.fsvideo.cpu}, whose backend it opens by name; nothing depends on it.
 */
package io.fsvideo.cli;
