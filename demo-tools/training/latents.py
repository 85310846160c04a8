"""Latents of fresh clips for every training step, in batches: thumbnails of an eighth of the size are rendered, and because the closed-form
encoder is linear and sees one patch of four frames at a time, one matrix product encodes them.

Nothing is cached and no clip comes twice."""
import os

import torch
import torch.nn.functional as F

import clips
import pictures
import recipes
from autoencoder import Autoencoder
from thumbnails import pack

FRAMES = 17
PATCH = 8
# Zooms go another way in every corner and take longer to learn than pans.
WEIGHTS = (0.09,) * 4 + (0.18,) * 2 + (0.1,) * 2 + (0.02,) * 4
HALVES = (0.45, 0.8)


def uniform(low, high, *shape):
    return low + (high - low) * torch.rand(*shape)


class Moves:
    """Parameters of `count` clips; every tensor is [count] or [count, frames]."""

    def __init__(self, count):
        self.motion = torch.multinomial(torch.tensor(WEIGHTS), count, replacement=True)
        self.rate = torch.rand(count)
        self.speed = clips.SPEED[0] + (clips.SPEED[1] - clips.SPEED[0]) * self.rate
        t = torch.linspace(0, 1, FRAMES)
        self.p = torch.stack([easing(t) for easing in clips.EASINGS])[torch.randint(len(clips.EASINGS), (count,))]
        self.half = uniform(*HALVES, count)
        self.mirror = 1 - 2.0 * (torch.rand(2, count, 1, 1, 1) < torch.tensor([0.5, 0.2]).view(2, 1, 1, 1, 1))
        self.order = torch.where(torch.rand(count, 1) < 0.3, torch.rand(count, 3).argsort(1), torch.arange(3))
        self.gain = uniform(0.8, 1.2, count, 3, 1, 1, 1) * uniform(0.7, 1.15, count, 1, 1, 1, 1)
        self.offset = uniform(-0.2, 0.2, count, 1, 1, 1, 1)
        self.camera_path()
        self.centre()

    def __len__(self):
        return len(self.motion)

    def is_a(self, name):
        return (self.motion == clips.MOTIONS.index(name)).float()[:, None]

    def camera_path(self):
        way = self.speed[:, None] * self.p
        self.x = way * (self.is_a("pan_right") - self.is_a("pan_left"))
        self.y = way * (self.is_a("pan_down") - self.is_a("pan_up"))
        grown = (1 + self.speed[:, None]) ** self.p
        self.scale = torch.where(self.is_a("zoom_out") > 0, grown, torch.where(self.is_a("zoom_in") > 0, 1 / grown, torch.ones_like(grown)))
        self.angle = clips.TURN * way * (self.is_a("rotate_counterclockwise") - self.is_a("rotate_clockwise"))

    def centre(self):
        """Where the window starts: it leaves room for the way, where the picture has it."""
        free = (1 - self.half * self.scale.amax(1)).clamp(min=0)
        start = lambda way: torch.minimum(torch.maximum((torch.rand(len(self)) * 2 - 1) * free, -free - self.half * way.amin(1)),
                                          free - self.half * way.amax(1))
        self.cx, self.cy = start(self.x), start(self.y)

    def positions(self, side, frames=FRAMES):
        """[count, frames, side, side, 2]: x and y in the picture, -1 to 1."""
        line = (torch.arange(side) + 0.5) / side * 2 - 1
        gy, gx = torch.meshgrid(line, line, indexing="ij")
        wide = lambda v: v[:, :frames, None, None]
        cos, sin = wide(self.angle.cos() * self.scale), wide(self.angle.sin() * self.scale)
        px, py = gx * cos - gy * sin + wide(self.x), gx * sin + gy * cos + wide(self.y)
        rows = (self.is_a("ripples")[:, 0] > 0).nonzero()[:, 0]
        if len(rows) and frames > 1:
            px[rows], py[rows] = self.rippled(rows, gx, gy, px[rows], py[rows])
        one = (-1, 1, 1, 1)
        half = self.half.view(one)
        # A mirrored picture is the picture at mirrored positions.
        return torch.stack([self.mirror[0] * (self.cx.view(one) + half * px), self.mirror[1] * (self.cy.view(one) + half * py)], -1)

    def displacement(self, side):
        """How far the middle of each token's patch has moved since frame 0, in window halves: [count, latent frames, side, side, 2]."""
        line = (torch.arange(side) + 0.5) / side * 2 - 1
        gy, gx = torch.meshgrid(line, line, indexing="ij")
        at = lambda v: v[:, ::4, None, None]
        cos, sin = at(self.angle.cos() * self.scale), at(self.angle.sin() * self.scale)
        return torch.stack([gx * cos - gy * sin + at(self.x) - gx, gx * sin + gy * cos + at(self.y) - gy], -1)

    def recoloured(self, clip):
        """Swapped channels, contrast and tint on [count, 3, frames, side, side]: few photographs must stand for many."""
        clip = torch.gather(clip, 1, self.order.view(-1, 3, 1, 1, 1).expand_as(clip))
        return (clip * self.gain + self.offset).clamp(-1, 1)

    def rippled(self, rows, gx, gy, px, py):
        """Rings that spread from a point; frame 0 is still."""
        n, p = len(rows), self.p[rows][:, :, None, None]
        ox, oy = (uniform(-0.5, 0.5, n, 1, 1, 1) for _ in range(2))
        r = torch.hypot(gx - ox, gy - oy) + 1e-3
        reach = 2.2 * p
        wave = torch.sin(uniform(9, 14, n, 1, 1, 1) * (r - reach)) * torch.sigmoid((reach - r) * 12) * 0.07 * (p * 6).clamp(max=1)
        return px + wave * (gx - ox) / r, py + wave * (gy - oy) / r

    def lit(self, clip):
        """Light changes on [count, 3, frames, side, side] in [-1, 1]."""
        day = 1 + self.p[..., None] * (torch.tensor([1.9, 1.75, 1.5]) - 1)
        night = 1 - self.p[..., None] * (1 - torch.tensor([0.18, 0.24, 0.42]))
        is_day, is_night = self.is_a("day")[..., None], self.is_a("night")[..., None]
        tint = 1 + is_day * (day - 1) + is_night * (night - 1)
        clip = ((clip + 1) * tint.permute(0, 2, 1)[..., None, None] - 1).clamp(max=1)
        rows = (self.is_a("spot")[:, 0] > 0).nonzero()[:, 0]
        if len(rows):
            clip[rows] = self.spotted(rows, clip[rows])
        return clip

    def spotted(self, rows, clip):
        """A bright spot that enters at the left and leaves at the right."""
        n, line = len(rows), torch.linspace(-1, 1, clip.shape[-1])
        radius, y = uniform(0.2, 0.32, n, 1, 1, 1), uniform(-0.4, 0.4, n, 1, 1, 1)
        x = -1.5 + 2.7 * self.p[rows][:, :, None, None]
        light = torch.exp(-((line - x) ** 2 + (line[:, None] - y) ** 2) / (2 * radius ** 2))[:, None]
        return clip + (torch.tensor([1.0, 0.95, 0.75]).view(1, 3, 1, 1, 1) - clip) * light * 0.9


class Clips:
    """Fresh clips of the training pictures with their latents, scaled to unit variance."""

    def __init__(self, runs, recipe, held_out=False, photograph_share=0.5):
        pool = (pictures.held_out_pool(24, os.path.join(runs, "held-out.npy")) if held_out
                else pictures.training_pool(recipe["pool"], os.path.join(runs, f"pool-{recipe['pool']}.npy")))
        whole = [torch.from_numpy(p.copy()).permute(2, 0, 1).float()[None] / 127.5 - 1 for p in pool]
        self.pictures = {s: torch.cat([F.avg_pool2d(p, pictures.SIZE // s) for p in whole]) for s in (64, 128)}
        self.photographs, self.share = len(pictures.HELD_OUT if held_out else pictures.TRAINING), photograph_share
        self.matrix = encoder_matrix(runs)
        self.scale = scaling_factor(runs)

    def pick(self, count):
        chance = torch.rand(count) < self.share
        return torch.where(chance, torch.randint(self.photographs, (count,)), torch.randint(len(self.pictures[64]), (count,)))

    def sampled(self, index, positions, side):
        """[count, 3, frames, side, side]: each pixel is the mean of four samples."""
        made = F.grid_sample(self.pictures[4 * side][index], positions.flatten(1, 2), mode="bilinear", padding_mode="reflection", align_corners=False)
        return F.avg_pool2d(made, 2).unflatten(2, (positions.shape[1], side))

    def render(self, moves, index, side):
        """[count, 17, side, side, 3] of pictures: mirrored, recoloured, moved, lit."""
        made = self.sampled(index, moves.positions(2 * side), side)
        return moves.lit(moves.recoloured(made)).permute(0, 2, 3, 4, 1)

    def first_frames(self, moves, index, side):
        """Frame 0, [count, side, side, 3]; no light has changed in it."""
        made = self.sampled(index, moves.positions(2 * side, 1), side)
        return moves.recoloured(made)[:, :, 0].permute(0, 2, 3, 1)

    def encode(self, thumbnails):
        """[b, 17, s, s, 3] to [b, 5, s / 8, s / 8, 64]."""
        return encoded(thumbnails, self.matrix) * self.scale

    def base(self, count):
        """Latents of 128 pixel clips, what the image encoder sees of frame 0, motions and rates."""
        moves, index = Moves(count), self.pick(count)
        return {"low": self.encode(self.render(moves, index, 16)), "image": self.first_frames(moves, index, 32), "moved": moves.displacement(2), "motion": moves.motion, "rate": moves.rate}

    def pairs(self, count):
        """The same with the latents of the clips at twice the size."""
        moves, index = Moves(count), self.pick(count)
        high = self.render(moves, index, 32)
        low = F.avg_pool2d(high.flatten(0, 1).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1).unflatten(0, high.shape[:2])
        return {"low": self.encode(low), "high": self.encode(high), "image": high[:, 0], "motion": moves.motion, "rate": moves.rate}


def patches(thumbnails):
    """[b, 17, s, s, 3] to [b, 5, s / 8, s / 8, 768]; the first latent sees frame 0 four times."""
    b, t, s = thumbnails.shape[:3]
    x = torch.cat([thumbnails[:, :1].expand(-1, 3, -1, -1, -1), thumbnails], 1)
    x = x.reshape(b, (t + 3) // 4, 4, s // PATCH, PATCH, s // PATCH, PATCH, 3)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)


def encoded(thumbnails, matrix):
    return patches(thumbnails) @ matrix


def scaling_factor(runs):
    """What makes latents of variance 1; written beside the autoencoder by closed_form.py."""
    with open(os.path.join(runs, "scaling-factor.txt")) as file:
        return float(file.read())


@torch.no_grad()
def encoder_matrix(runs):
    """The closed-form encoder as a matrix [768, 64], read off random clips, on which it must agree."""
    model = Autoencoder(recipes.AUTOENCODER).eval()
    model.load_state_dict(torch.load(os.path.join(runs, "closed-form.pt"), map_location="cpu")["averaged"])
    with torch.random.fork_rng():
        torch.manual_seed(2)
        seen = torch.rand(60, 17, PATCH, PATCH, 3) * 2 - 1
    latent = model.encoder.inner(pack(seen), {})[0]
    x, y = patches(seen)[:, 1:].flatten(0, 3).double(), latent[:, 1:].flatten(0, 3).double()
    # Fewer rows than unknowns would not fix the matrix: every frame is drawn anew until there are enough.
    while len(x) < 4 * x.shape[1]:
        more = torch.rand(60, 17, PATCH, PATCH, 3) * 2 - 1
        x = torch.cat([x, patches(more)[:, 1:].flatten(0, 3).double()])
        y = torch.cat([y, model.encoder.inner(pack(more), {})[0][:, 1:].flatten(0, 3).double()])
    matrix = torch.linalg.lstsq(x, y).solution.float()
    check = torch.rand(2, 17, 4 * PATCH, 4 * PATCH, 3) * 2 - 1
    error = float((encoded(check, matrix) - model.encoder.inner(pack(check), {})[0]).abs().max())
    if not error < 1e-3:
        raise ValueError(f"latents: the encoder must be the closed form, one linear map per patch, got an error of {error:.3g}")
    return matrix
