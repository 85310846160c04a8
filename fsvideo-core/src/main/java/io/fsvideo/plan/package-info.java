/**
 * What a video will take before it is made: memory by a dry run, time on several devices by a cost model.
 */
package io.fsvideo.plan;
