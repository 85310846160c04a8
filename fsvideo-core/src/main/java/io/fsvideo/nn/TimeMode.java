package io.fsvideo.nn;

import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.ShapeException;
import java.util.Locale;

/** How a convolution looks along time: what stands before the clip's first frame, after its last, and how far it may look ahead. */
public final class TimeMode {
    private static final int KERNEL = 3;
    private static final TimeMode CAUSAL = new TimeMode(Kind.CAUSAL, 0);
    private static final TimeMode CAUSAL_ZERO = new TimeMode(Kind.CAUSAL_ZERO, 0);
    private static final TimeMode SAME = new TimeMode(Kind.SAME, 0);
    private static final TimeMode ZERO = new TimeMode(Kind.ZERO, 0);
    private static final TimeMode NONE = new TimeMode(Kind.NONE, 0);
    private static final TimeMode IMAGE = new TimeMode(Kind.IMAGE, 0);

    private enum Kind {
        CAUSAL,
        CAUSAL_ZERO,
        SAME,
        ZERO,
        GROUP,
        CHUNK,
        NONE,
        IMAGE
    }

    private final Kind kind;
    private final int group;

    private TimeMode(Kind kind, int group) {
        this.kind = kind;
        this.group = group;
    }

    /** Three taps reading the present and two earlier frames; the first frame is repeated in front. */
    public static TimeMode causal() {
        return CAUSAL;
    }

    /** Three taps reading the present and two earlier frames; zeros in front. */
    public static TimeMode causalZero() {
        return CAUSAL_ZERO;
    }

    /** Three taps centred on the present frame; first and last frame are repeated. */
    public static TimeMode same() {
        return SAME;
    }

    /** Three taps centred on the present frame; a frame of zeros at each end. Runs on whole clips only. */
    public static TimeMode zero() {
        return ZERO;
    }

    /** Three taps within groups: frame 0 alone, then groups of {@code frames} that see one frame back and repeat their own last. */
    public static TimeMode group(int frames) {
        if (frames < 1) {
            throw new ShapeException("timeMode: group must be >= 1 frames, got " + frames);
        }
        return new TimeMode(Kind.GROUP, frames);
    }

    /**
     * Three taps centred on the present frame within chunks of {@code frames}: zeros after a chunk, before it the last frame of the one
     * before. Frames that do not fill chunks are one piece by themselves, zeros on both sides, and leave what is remembered as it is.
     */
    public static TimeMode chunk(int frames) {
        if (frames < 1) {
            throw new ShapeException("timeMode: chunk must be >= 1 frames, got " + frames);
        }
        return new TimeMode(Kind.CHUNK, frames);
    }

    /** One tap: each frame by itself. */
    public static TimeMode none() {
        return NONE;
    }

    /** One tap, and kernels stored without a time axis: {@code [out, in, height, width]}. */
    public static TimeMode image() {
        return IMAGE;
    }

    /** The mode of this model's convolutions that look at space only. */
    public TimeMode perFrame() {
        return kind == Kind.IMAGE ? IMAGE : NONE;
    }

    /** Stored shape of a kernel of {@code side x side} pixels. */
    long[] kernelShape(long out, long in, int side) {
        return switch (kind) {
            case IMAGE -> new long[] {out, in, side, side};
            case NONE -> new long[] {out, in, 1, side, side};
            default -> new long[] {out, in, KERNEL, side, side};
        };
    }

    /** Frames a stream keeps for the next chunk. */
    int memory() {
        return switch (kind) {
            case CAUSAL, CAUSAL_ZERO, SAME -> KERNEL - 1;
            case GROUP, CHUNK -> 1;
            default -> 0;
        };
    }

    /** Whether a clip's first frame counts twice in what is kept, as the frame repeated in front of it. */
    boolean repeatsFirst() {
        return kind == Kind.CAUSAL || kind == Kind.SAME;
    }

    /** Whether what is kept changes after {@code frames} new ones. */
    boolean remembers(long frames) {
        return kind != Kind.CHUNK || frames % group == 0;
    }

    boolean streams() {
        return kind != Kind.ZERO;
    }

    /**
     * The taps of one chunk.
     *
     * @param frames frames at hand: remembered ones, then new ones
     * @param remembered how many of them are remembered; if none, the first frame at hand is the clip's first
     * @param atEnd the last frame at hand is the clip's last
     */
    FrameTaps taps(int frames, int remembered, boolean atEnd) {
        boolean atStart = remembered == 0;
        return switch (kind) {
            case CAUSAL -> replicated(frames, atStart ? KERNEL - 1 : 0, 0);
            case SAME -> replicated(frames, atStart ? KERNEL / 2 : 0, atEnd ? KERNEL / 2 : 0);
            case CAUSAL_ZERO -> preceded(frames, remembered);
            case ZERO -> FrameTaps.zero(frames, KERNEL);
            case GROUP -> grouped(frames, atStart);
            case CHUNK -> chunked(frames - remembered, remembered);
            case NONE, IMAGE -> FrameTaps.valid(frames, 1);
        };
    }

    private static FrameTaps replicated(int frames, int front, int back) {
        int outputs = frames == 0 ? 0 : Math.max(0, front + frames + back - KERNEL + 1);
        int[] sources = new int[outputs * KERNEL];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = Math.max(0, Math.min(frames - 1, i / KERNEL - front + i % KERNEL));
        }
        return FrameTaps.of(KERNEL, sources);
    }

    /** The present and two earlier frames, zeros where there are none. */
    private static FrameTaps preceded(int frames, int remembered) {
        int[] sources = new int[(frames - remembered) * KERNEL];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = Math.max(FrameTaps.ZERO, remembered + i / KERNEL - (KERNEL - 1) + i % KERNEL);
        }
        return FrameTaps.of(KERNEL, sources);
    }

    private FrameTaps chunked(int frames, int remembered) {
        boolean whole = frames % group == 0;
        int length = whole ? group : frames;
        int[] sources = new int[frames * KERNEL];
        for (int frame = 0; frame < frames; frame++) {
            int before = frame > 0 || (whole && remembered > 0) ? remembered + frame - 1 : FrameTaps.ZERO;
            int after = (frame + 1) % length == 0 ? FrameTaps.ZERO : remembered + frame + 1;
            sources[frame * KERNEL] = before;
            sources[frame * KERNEL + 1] = remembered + frame;
            sources[frame * KERNEL + 2] = after;
        }
        return FrameTaps.of(KERNEL, sources);
    }

    private FrameTaps grouped(int frames, boolean atStart) {
        int grouped = Math.max(0, frames - 1);
        if (grouped % group != 0) {
            throw new ShapeException("conv3d: frames must be " + (atStart ? "1 + " : "") + "a multiple of " + group
                    + ", got " + (atStart ? frames : grouped));
        }
        int skipped = atStart ? 0 : 1;
        int[] sources = new int[Math.max(0, frames - skipped) * KERNEL];
        for (int frame = skipped; frame < frames; frame++) {
            int lastOfGroup = frame == 0 ? 0 : 1 + (frame - 1) / group * group + group - 1;
            int at = (frame - skipped) * KERNEL;
            sources[at] = Math.max(0, frame - 1);
            sources[at + 1] = frame;
            sources[at + 2] = Math.min(frame + 1, lastOfGroup);
        }
        return FrameTaps.of(KERNEL, sources);
    }

    @Override
    public String toString() {
        String name = kind.name().toLowerCase(Locale.ROOT);
        return group > 0 ? name + "(" + group + ")" : name;
    }
}
