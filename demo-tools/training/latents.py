"""Latents of fresh clips for every training step, in batches: thumbnails of an eighth of the size are rendered and encoded by one matrix
product, the linear map of four frames of a patch that comes nearest to the encoder. No clip comes twice; `encode_clips.py` adds some
that went through the encoder itself."""
import os

import torch
import torch.nn.functional as F

import clips
import pictures

FRAMES = 17
PATCH = 8
# Zooms go another way in every corner and take longer to learn than pans.
WEIGHTS = (0.09,) * 4 + (0.18,) * 2 + (0.1,) * 2 + (0.02,) * 4
HALVES = (0.45, 0.8)
SHAPES = ((4, 4), (3, 5), (5, 3))
SHAPE_WEIGHTS = (0.6, 0.25, 0.15)


def uniform(low, high, *shape):
    return low + (high - low) * torch.rand(*shape)


def centred(size):
    """y and x of pixel centres, [height, width] each; the larger side goes from -1 to 1."""
    axes = [((torch.arange(n) + 0.5) / n * 2 - 1) * n / max(size) for n in size]
    return torch.meshgrid(*axes, indexing="ij")


class Moves:
    """Parameters of `count` clips; every tensor is [count] or [count, frames]. halves: half the window over half the picture."""

    def __init__(self, count, halves=HALVES):
        self.motion = torch.multinomial(torch.tensor(WEIGHTS), count, replacement=True)
        self.rate = torch.rand(count)
        self.speed = clips.SPEED[0] + (clips.SPEED[1] - clips.SPEED[0]) * self.rate
        t = torch.linspace(0, 1, FRAMES)
        self.p = torch.stack([easing(t) for easing in clips.EASINGS])[torch.randint(len(clips.EASINGS), (count,))]
        self.half = uniform(*halves, count)
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

    def positions(self, size, frames=FRAMES):
        """[count, frames, height, width, 2]: x and y in the picture, -1 to 1."""
        gy, gx = centred(size)
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

    def displacement(self, size):
        """How far the middle of each token's patch has moved since frame 0, in window halves: [count, latent frames, height, width, 2]."""
        gy, gx = centred(size)
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
        n, height, width = len(rows), *(torch.linspace(-1, 1, side) for side in clip.shape[-2:])
        radius, y = uniform(0.2, 0.32, n, 1, 1, 1), uniform(-0.4, 0.4, n, 1, 1, 1)
        x = -1.5 + 2.7 * self.p[rows][:, :, None, None]
        light = torch.exp(-((width - x) ** 2 + (height[:, None] - y) ** 2) / (2 * radius ** 2))[:, None]
        return clip + (torch.tensor([1.0, 0.95, 0.75]).view(1, 3, 1, 1, 1) - clip) * light * 0.9


class Clips:
    """Fresh clips of pictures with their latents, scaled to unit variance. The latents come from thumbnails by the linear map that
    `encode_clips.py` fitted to the encoder; a share of the pairs can be of clips that the encoder itself has seen."""

    def __init__(self, runs, held_out=False, photograph_share=0.75):
        pool, photographs = pictures.held_out_pool(runs) if held_out else pictures.training_pool(runs)
        whole = [torch.from_numpy(p.copy()).permute(2, 0, 1).float()[None] / 127.5 - 1 for p in pool]
        self.pictures = {s: torch.cat([F.avg_pool2d(p, pictures.SIZE // s) for p in whole]) for s in (128, 256)}
        self.photographs, self.share = photographs, photograph_share
        self.matrix = torch.load(os.path.join(runs, "encoder-matrix.pt"))
        path = os.path.join(runs, "encoded.pt")
        self.encoded_clips = torch.load(path) if os.path.exists(path) and not held_out else None

    def pick(self, count):
        return picked(count, self.photographs, len(self.pictures[128]), self.share)

    def render(self, moves, index, size, level):
        """[count, 17, height, width, 3] of pictures of `level` pixels: mirrored, recoloured, moved, lit; each pixel is the mean of four samples."""
        positions = moves.positions((2 * size[0], 2 * size[1])).flatten(1, 2)
        made = F.grid_sample(self.pictures[level][index], positions, mode="bilinear", padding_mode="reflection", align_corners=False)
        made = F.avg_pool2d(made, 2).unflatten(2, (FRAMES, size[0]))
        return moves.lit(moves.recoloured(made)).permute(0, 2, 3, 4, 1)

    def thumbnails(self, count, size):
        """Clips at half size, [count, 17, height, width, 3]."""
        return self.render(Moves(count), self.pick(count), size, 128)

    def encode(self, thumbnails):
        """[b, 17, h, w, 3] to [b, 5, h / 8, w / 8, 128]."""
        return F.pad(patches(thumbnails), (0, 1), value=1.0) @ self.matrix

    def base(self, count):
        """Latents of clips at half size, what the image encoder sees of frame 0, motions and rates."""
        moves, index = Moves(count), self.pick(count)
        tokens = shape()
        shown = self.render(moves, index, (PATCH * tokens[0], PATCH * tokens[1]), 128)
        return dict(about(moves, shown[:, 0], tokens), low=self.encode(shown))

    def pairs(self, count, encoded=0.0):
        """The same with the latents of the clips at twice the size; `encoded`: the chance that the encoder itself made them."""
        if self.encoded_clips is not None and torch.rand(()) < encoded:
            rows = torch.randint(len(self.encoded_clips["high"]), (count,))
            return {name: value[rows].float() if value.is_floating_point() else value[rows] for name, value in self.encoded_clips.items()}
        moves, index = Moves(count), self.pick(count)
        tokens = shape()
        high = self.render(moves, index, (2 * PATCH * tokens[0], 2 * PATCH * tokens[1]), 256)
        low = F.avg_pool2d(high.flatten(0, 1).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1).unflatten(0, high.shape[:2])
        return dict(about(moves, low[:, 0], tokens), low=self.encode(low), high=self.encode(high))


def picked(count, photographs, pictures_, share):
    """Indices of pictures: a photograph with the chance `share`, otherwise any."""
    chance = torch.rand(count) < share
    return torch.where(chance, torch.randint(photographs, (count,)), torch.randint(pictures_, (count,)))


def shape():
    """Height and width of a clip in tokens at half size: 256 x 256 mostly, or one of the wide and tall buckets."""
    return SHAPES[int(torch.multinomial(torch.tensor(SHAPE_WEIGHTS), 1))]


def about(moves, first, tokens):
    """What training needs besides latents; first: frame 0 as a thumbnail; tokens: height and width of the latents at half size."""
    return {"image": first, "moved": moves.displacement(tokens), "motion": moves.motion, "rate": moves.rate}


def patches(thumbnails):
    """[b, 17, h, w, 3] to [b, 5, h / 8, w / 8, 768]; the first latent sees frame 0 four times."""
    b, t, h, w = thumbnails.shape[:4]
    x = torch.cat([thumbnails[:, :1].expand(-1, 3, -1, -1, -1), thumbnails], 1)
    x = x.reshape(b, (t + 3) // 4, 4, h // PATCH, PATCH, w // PATCH, PATCH, 3)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)


def scaling_factor(runs):
    """What makes latents of variance 1; written by encode_clips.py."""
    with open(os.path.join(runs, "scaling-factor.txt")) as file:
        return float(file.read())
