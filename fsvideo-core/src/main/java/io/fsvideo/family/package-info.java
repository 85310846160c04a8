/**
 * Which models there are and how a directory of one is read. {@link io.fsvideo.family.ModelFamily} is the door for families from outside.
 */
package io.fsvideo.family;
