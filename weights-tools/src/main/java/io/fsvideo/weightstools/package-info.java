/**
 * The commands of {@code fsvideo weights}: one class each; what they do lies in subpackages, one per job.
 *
 * <p>May depend on {@code fsvideo-core}; nobody depends on it.
 */
package io.fsvideo.weightstools;
