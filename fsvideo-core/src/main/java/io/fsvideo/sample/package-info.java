/**
 * The way from noise to a sample: shifted noise levels, solvers of the flow's differential equation and classifier-free guidance. Knows
 * nothing of models, only of the velocity they predict. Depends on {@code io.fsvideo.tensor}.
 */
package io.fsvideo.sample;
