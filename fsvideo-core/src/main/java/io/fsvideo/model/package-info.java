/**
 * The models, one file each, top to bottom in forward order, with one configuration record each. Depends on {@code io.fsvideo.nn},
 * {@code io.fsvideo.weights} and {@code io.fsvideo.tensor}.
 */
package io.fsvideo.model;
