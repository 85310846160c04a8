package io.fsvideo.weightstools.checkpoint;

/** Told after every tensor of a job. */
public interface TensorListener {
    void onTensor(long done, long all);
}
