/**
 * Checkpoints: safetensors files and shards, and {@link io.fsvideo.weights.Weights}, the path object models read their parameters
 * through. Depends on {@code io.fsvideo.tensor}.
 */
package io.fsvideo.weights;
