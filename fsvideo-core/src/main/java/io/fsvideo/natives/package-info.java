/**
 * Where native libraries are unpacked before they are loaded: a folder that nobody else can write to. Depends on the exceptions of
 * {@code io.fsvideo.tensor}.
 */
package io.fsvideo.natives;
