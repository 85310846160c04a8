/** Tests of the groups of ranks. */
package io.fsvideo.comm;
