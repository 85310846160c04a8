package io.fsvideo.examples.spark;

import java.io.Serializable;

/**
 * What became of a job.
 *
 * @param out path of its video
 * @param error why there is no video; null unless it failed
 */
record Outcome(String out, Status status, String error) implements Serializable {
    enum Status {
        MADE,
        DONE_BEFORE,
        FAILED
    }

    static Outcome made(Job job) {
        return new Outcome(job.out(), Status.MADE, null);
    }

    static Outcome doneBefore(Job job) {
        return new Outcome(job.out(), Status.DONE_BEFORE, null);
    }

    static Outcome failed(Job job, String error) {
        return new Outcome(job.out(), Status.FAILED, error);
    }

    @Override
    public String toString() {
        return out + ": "
                + switch (status) {
                    case MADE -> "made";
                    case DONE_BEFORE -> "done before";
                    case FAILED -> "failed: " + error;
                };
    }
}
