/**
 * Wan2.1 and DC-VideoGen: their configurations, Diffusers' layout of them, and their way from a prompt and images to a video.
 */
package io.fsvideo.family.wan;
