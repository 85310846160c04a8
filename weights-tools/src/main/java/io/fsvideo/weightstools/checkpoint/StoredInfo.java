package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.tensor.Shape;

/**
 * What a checkpoint's header says of one tensor.
 *
 * @param name its key; in a model directory, the part's folder, a slash, and the key
 * @param type as safetensors names it
 * @param bytes in the file
 */
public record StoredInfo(String name, String type, Shape shape, long bytes) {}
