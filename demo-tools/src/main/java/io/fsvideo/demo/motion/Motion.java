package io.fsvideo.demo.motion;

import java.util.Locale;

/**
 * A camera move. "The camera pans left" means that content goes right; a rotation names the way the picture turns on the screen.
 */
public enum Motion {
    PAN_LEFT("the camera pans left"),
    PAN_RIGHT("the camera pans right"),
    PAN_UP("the camera pans up"),
    PAN_DOWN("the camera pans down"),
    ZOOM_IN("the camera zooms in"),
    ZOOM_OUT("the camera zooms out"),
    ROTATE_CLOCKWISE("the picture rotates clockwise"),
    ROTATE_COUNTERCLOCKWISE("the picture rotates counterclockwise");

    /** A zoom of speed v scales by 1 + v, a turn of speed v is 0.7 v radians: as the training's clips. */
    private static final double RADIANS_PER_SPEED = 0.7;

    /** Content that goes less than this, in sides of the picture, does not count as moving. */
    private static final double STILL = 0.03;

    private final String prompt;

    Motion(String prompt) {
        this.prompt = prompt;
    }

    /** The sentence that asks for it. */
    public String prompt() {
        return prompt;
    }

    /** The name that the command line uses: {@code pan-left}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Where content has gone.
     *
     * @param way how much of the move is done, times its speed; a pan of 1 goes half a side
     */
    public Similarity content(double way) {
        return switch (this) {
            case PAN_LEFT -> new Similarity(way / 2, 0, 1, 0);
            case PAN_RIGHT -> new Similarity(-way / 2, 0, 1, 0);
            case PAN_UP -> new Similarity(0, way / 2, 1, 0);
            case PAN_DOWN -> new Similarity(0, -way / 2, 1, 0);
            case ZOOM_IN -> new Similarity(0, 0, 1 + way, 0);
            case ZOOM_OUT -> new Similarity(0, 0, 1 / (1 + way), 0);
            case ROTATE_CLOCKWISE -> new Similarity(0, 0, 1, RADIANS_PER_SPEED * way);
            case ROTATE_COUNTERCLOCKWISE -> new Similarity(0, 0, 1, -RADIANS_PER_SPEED * way);
        };
    }

    /** How far content went the way of this move, in sides of the picture; negative when it went the other way. */
    public double along(Similarity moved) {
        return switch (this) {
            case PAN_LEFT -> moved.dx();
            case PAN_RIGHT -> -moved.dx();
            case PAN_UP -> moved.dy();
            case PAN_DOWN -> -moved.dy();
            case ZOOM_IN -> moved.growth();
            case ZOOM_OUT -> -moved.growth();
            case ROTATE_CLOCKWISE -> moved.turn();
            case ROTATE_COUNTERCLOCKWISE -> -moved.turn();
        };
    }

    /** Whether content moved enough, and more the way of this move than of any other. */
    public boolean matches(Similarity moved) {
        double along = along(moved);
        if (!(along >= STILL)) {
            return false;
        }
        for (Motion other : values()) {
            if (other != this && other.along(moved) > along) {
                return false;
            }
        }
        return true;
    }
}
