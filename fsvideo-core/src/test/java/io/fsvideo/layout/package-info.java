/**
 * Rules that the source tree keeps: sizes of files, names of packages, and who may depend on whom.
 *
 * <p>Reads source text only and depends on no other package.
 */
package io.fsvideo.layout;
