/**
 * The engine: fills in a request, loads a model's parts, runs the sampling loop, shares work over ranks and tells how far it is. It
 * knows no model family, only what {@link io.fsvideo.pipeline.ModelConfig} and {@link io.fsvideo.pipeline.Pipeline} say of a model.
 */
package io.fsvideo.pipeline;
