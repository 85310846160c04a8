/**
 * The command line: {@link io.fsvideo.cli.Main} and one class per command, on picocli (an optional dependency). Depends on every
 * package but {@code io.fsvideo.cpu}, whose backend it opens by name; modules add commands as {@link io.fsvideo.cli.CommandProvider}s.
 */
package io.fsvideo.cli;
