package io.fsvideo.tensor;

/** A rank failed, was lost, came too late or called another collective than the others. */
public final class CommException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    private final int failedRank;

    public CommException(int failedRank, String message, Throwable cause) {
        super(message, cause);
        this.failedRank = failedRank;
    }

    /** The rank that ended the group. */
    public int failedRank() {
        return failedRank;
    }

    @Override
    public Category category() {
        return Category.NO_RESOURCES;
    }
}
