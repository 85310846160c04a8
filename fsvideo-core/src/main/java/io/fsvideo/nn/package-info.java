/**
 * Layers the models are written with: parameters plus a {@code forward(Arena, …)}. Depends on {@code io.fsvideo.tensor} and
 * {@code io.fsvideo.weights}.
 */
package io.fsvideo.nn;
