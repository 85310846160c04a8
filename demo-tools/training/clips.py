"""Clips made of still pictures: camera and light moves with sub-pixel motion, easing and varied speed."""
import torch
import torch.nn.functional as F

MOTIONS = ("pan_left", "pan_right", "pan_up", "pan_down", "zoom_in", "zoom_out", "rotate_clockwise",
           "rotate_counterclockwise", "spot", "ripples", "night", "day")
CAMERA_MOTIONS = 8
SPEED = (0.15, 0.35)
TURN = 0.85
EASINGS = (lambda t: t, lambda t: t * t * (3 - 2 * t), lambda t: t ** 1.5, lambda t: 1 - (1 - t) ** 1.5)
PAN = {"pan_left": (-1, 0), "pan_right": (1, 0), "pan_up": (0, -1), "pan_down": (0, 1)}


class Source:
    """Pictures with two coarser levels, so that a large window is sampled without aliasing."""

    def __init__(self, pictures, photographs, photograph_share=1.0):
        self.pictures, self.photographs, self.share = pictures, photographs, photograph_share

    def pick(self, rng):
        index = rng.randrange(self.photographs) if rng.random() < self.share else rng.randrange(len(self.pictures))
        picture = torch.from_numpy(self.pictures[index].copy()).permute(2, 0, 1).float() / 127.5 - 1
        return recoloured(rng, picture)


def recoloured(rng, picture):
    """Mirror images, swapped channels, contrast and tint: few photographs must stand for many."""
    if rng.random() < 0.5:
        picture = picture.flip(2)
    if rng.random() < 0.2:
        picture = picture.flip(1)
    if rng.random() < 0.3:
        picture = picture[torch.tensor(rng.sample(range(3), 3))]
    gain = torch.tensor([rng.uniform(0.8, 1.2) for _ in range(3)]).view(3, 1, 1) * rng.uniform(0.7, 1.15)
    return (picture * gain + rng.uniform(-0.2, 0.2)).clamp(-1, 1)


def progress(rng, frames, whole=17):
    """0 at frame 0, rising; 1 at the last frame of a clip of `whole` frames."""
    easing = rng.choice(EASINGS)
    t = torch.arange(frames, dtype=torch.float32) / (whole - 1)
    return easing(t.clamp(max=1))


def camera(rng, motion, p, speed):
    """Centre offset (x, y in window halves), scale of the window and angle, per frame."""
    zero, one = torch.zeros_like(p), torch.ones_like(p)
    x, y, scale, angle = zero, zero, one, zero
    if motion in PAN:
        dx, dy = PAN[motion]
        x, y = dx * speed * p, dy * speed * p
    elif motion == "zoom_in":
        scale = (1 + speed) ** -p
    elif motion == "zoom_out":
        scale = (1 + speed) ** p
    elif motion.startswith("rotate"):
        # The picture turns clockwise on the screen when the sampling window turns the other way.
        angle = (-1 if motion == "rotate_clockwise" else 1) * TURN * speed * p
    return x, y, scale, angle


def grid(rng, motion, p, speed, size, half):
    """Sampling positions in the source, [frames, height, width, 2]."""
    x, y, scale, angle = camera(rng, motion, p, speed)
    reach = half * float(scale.max())
    free = max(0.0, 1 - reach)
    # The start leaves room for the way the camera goes, where the source has it.
    cx = rng.uniform(-free, free) if free else 0.0
    cy = rng.uniform(-free, free) if free else 0.0
    cx = min(max(cx, -free - half * float(x.min())), free - half * float(x.max()))
    cy = min(max(cy, -free - half * float(y.min())), free - half * float(y.max()))
    height, width = size
    ys = (torch.arange(height) + 0.5) / height * 2 - 1
    xs = (torch.arange(width) + 0.5) / width * 2 - 1
    gy, gx = torch.meshgrid(ys * height / max(size), xs * width / max(size), indexing="ij")
    cos, sin, s = angle.cos().view(-1, 1, 1), angle.sin().view(-1, 1, 1), half * scale.view(-1, 1, 1)
    px = cx + half * x.view(-1, 1, 1) + s * (gx * cos - gy * sin)
    py = cy + half * y.view(-1, 1, 1) + s * (gx * sin + gy * cos)
    if motion == "ripples":
        px, py = rippled(rng, p, half, gx, gy, px, py)
    return torch.stack([px, py], -1)


def rippled(rng, p, half, gx, gy, px, py):
    """Rings that spread from a point; frame 0 is still."""
    ox, oy = rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5)
    r = torch.hypot(gx - ox, gy - oy) + 1e-3
    reach, count = 2.2 * p.view(-1, 1, 1), rng.uniform(9, 14)
    wave = torch.sin(count * (r - reach)) * torch.sigmoid((reach - r) * 12) * 0.07 * half * (p.view(-1, 1, 1) * 6).clamp(max=1)
    return px + wave * (gx - ox) / r, py + wave * (gy - oy) / r


def lit(rng, motion, p, clip):
    """Light changes on [frames, 3, height, width] in [-1, 1]."""
    p = p.view(-1, 1, 1, 1)
    if motion == "night":
        tint = torch.tensor([0.18, 0.24, 0.42]).view(1, 3, 1, 1)
        return (clip + 1) * (1 - p * (1 - tint)) - 1
    if motion == "day":
        tint = torch.tensor([1.9, 1.75, 1.5]).view(1, 3, 1, 1)
        return ((clip + 1) * (1 + p * (tint - 1)) - 1).clamp(max=1)
    if motion == "spot":
        return spotted(rng, p, clip)
    return clip


def spotted(rng, p, clip):
    """A bright spot that enters at the left and leaves at the right."""
    height, width = clip.shape[2:]
    ys = torch.linspace(-1, 1, height).view(1, 1, -1, 1)
    xs = torch.linspace(-1, 1, width).view(1, 1, 1, -1)
    radius, y = rng.uniform(0.2, 0.32), rng.uniform(-0.4, 0.4)
    x = -1.5 + 2.7 * p
    light = torch.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * radius ** 2))
    return clip + (torch.tensor([1.0, 0.95, 0.75]).view(1, 3, 1, 1) - clip) * light * 0.9


def render(source, positions, window):
    """Bilinear samples of [3, s, s] at [frames, height, width, 2]; `window` = source pixels per output pixel."""
    level = source[None]
    while window > 1.5:
        level, window = F.avg_pool2d(level, 2), window / 2
    return F.grid_sample(level.expand(positions.shape[0], -1, -1, -1), positions, mode="bilinear",
                         padding_mode="reflection", align_corners=False)


def clip(rng, source, size, frames, motion, hurry=1.0, closer=True):
    """One clip [frames, height, width, 3] in [-1, 1] and how fast it moves, 0 to 1."""
    # Small crops look closer, so that a latent sees about as much detail as in a full-size clip.
    half = (1.0 if max(size) > 256 else 0.75) * rng.uniform(min(0.6, 0.0025 * max(size) + 0.05) if closer else 0.6, 1)
    rate = rng.random()
    speed = SPEED[0] + (SPEED[1] - SPEED[0]) * rate
    p = progress(rng, frames, max(frames, round(17 / hurry)))
    picture = source.pick(rng)
    positions = grid(rng, motion, p, speed, size, half)
    out = lit(rng, motion, p, render(picture, positions, half * picture.shape[1] / max(size)))
    return out.permute(0, 2, 3, 1).contiguous(), rate
