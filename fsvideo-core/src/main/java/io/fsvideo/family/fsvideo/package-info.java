/**
 * FSVideo: its configurations, and its way from an image and a prompt to a video.
 */
package io.fsvideo.family.fsvideo;
