/**
 * The commands of {@code fsvideo demo}: one class each; what they do lies in subpackages, one per job.
 *
 * <p>May depend on {@code fsvideo-core} and {@code weights-tools}; nobody depends on it.
 */
package io.fsvideo.demo;
