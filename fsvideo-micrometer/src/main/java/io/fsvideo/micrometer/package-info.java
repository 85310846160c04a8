/** Micrometer meters of an open model. */
package io.fsvideo.micrometer;
