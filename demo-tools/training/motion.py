"""Which camera move a clip shows, and how often the base model's clips show the one that was asked for."""
import os
import random

import torch
import torch.nn.functional as F

import captions
import clips
import latents
import recipes
from autoencoder import Autoencoder
from thumbnails import unpack

CAMERA = clips.MOTIONS[:clips.CAMERA_MOTIONS]
SPEEDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)


def prompt(motion):
    """The plainest caption."""
    return captions.SYNONYMS[motion][0].format(c="the camera", p="the picture")


def moved(frames, motion, speed):
    """Frame 0 [b, 3, s, s] under a camera move, and where the result is known."""
    x, y, scale, angle = clips.camera(random, motion, torch.ones(1), speed)
    cos, sin = (angle.cos() * scale).item(), (angle.sin() * scale).item()
    matrix = torch.tensor([[cos, -sin, x.item()], [sin, cos, y.item()]])
    grid = F.affine_grid(matrix[None].expand(len(frames), -1, -1), list(frames.shape), align_corners=False)
    inside = (grid.abs() <= 1).all(-1)
    return F.grid_sample(frames, grid, align_corners=False), inside


def similarity(a, b, inside):
    """Correlation of colours where both are known, [b]."""
    mask = inside[:, None].float()
    count = mask.sum((2, 3), keepdim=True).clamp(min=1)
    a, b = ((v - (v * mask).sum((2, 3), keepdim=True) / count) * mask for v in (a, b))
    return (a * b).sum((1, 2, 3)) / (a.square().sum((1, 2, 3)) * b.square().sum((1, 2, 3))).sqrt().clamp(min=1e-6)


def measured(videos):
    """The camera move that best carries frame 0 to the last frame of [b, frames, h, w, 3], per clip; "none" when standing still fits best."""
    small = F.interpolate(videos[:, [0, -1]].flatten(0, 1).permute(0, 3, 1, 2), (64, 64), mode="area").unflatten(0, (-1, 2))
    names, scores = [], []
    for motion in CAMERA:
        for speed in SPEEDS:
            warped, inside = moved(small[:, 0], motion, speed)
            names.append(motion if speed else "none")
            scores.append(similarity(warped, small[:, 1], inside))
    return [names[i] for i in torch.stack(scores).argmax(0)]


def euler(velocity, x, steps, shift):
    levels = sigmas(steps, shift)
    for now, after in zip(levels[:-1], levels[1:]):
        x = x + (after - now) * velocity(x, now * 1000)
    return x


def sigmas(steps, shift):
    s = torch.linspace(0.9990000128746033, 0, steps + 1, dtype=torch.float64)
    return (shift * s / (1 + (shift - 1) * s)).float()


def guided(dit, condition, text, nothing, image, guidance):
    """The velocity of the base model with guidance, as a function of x and t."""
    def velocity(x, t):
        x, t = torch.cat([x, condition], -1), t.to(x.device).expand(len(x))
        said = dit(x, t, text, image)
        return said if guidance == 1 else (1 - guidance) * dit(x, t, nothing, image) + guidance * said
    return velocity


class Measure:
    """Clips of held-out pictures, and what the base model makes of their first frames, seen as thumbnails."""

    def __init__(self, runs, count=8):
        self.data, self.count = latents.Clips(runs, held_out=True).base(96), count
        self.scale = latents.scaling_factor(runs)
        self.decoder = Autoencoder(recipes.AUTOENCODER).eval()
        self.decoder.load_state_dict(torch.load(os.path.join(runs, "joint.pt"), map_location="cpu")["averaged"])

    def thumbnails(self, latent):
        return unpack(self.decoder.decoder.inner(latent / self.scale))[:, 3:]

    @torch.no_grad()
    def accuracy(self, model, words, device, guidance=recipes.PIPELINE["guidance"]):
        """Share of clips that move as prompted."""
        state = torch.get_rng_state()
        torch.manual_seed(5)
        low = self.data["low"][:self.count].to(device)
        found = self.generate(model, words, low, self.data["image"][:self.count].to(device), guidance)
        torch.set_rng_state(state)
        return sum(f == m for m, row in found.items() for f in row) / (self.count * len(CAMERA))

    def generate(self, model, words, low, image, guidance):
        out = {}
        known = torch.zeros_like(low)
        known[:, :1] = low[:, :1]
        mask = torch.zeros(*low.shape[:-1], 4, device=low.device)
        mask[:, :1] = 1
        image = model["image_encoder"](image)
        ids = lambda text: words.batch([text] * len(low)).to(low.device)
        for name in CAMERA:
            text, nothing = model["text_encoder"](ids(prompt(name))), model["text_encoder"](ids(""))
            velocity = guided(model["transformer"], torch.cat([mask, known], -1), text, nothing, image, guidance)
            latent = euler(velocity, torch.randn(low.shape).to(low.device), 8, recipes.PIPELINE["shift"])
            out[name] = measured(self.thumbnails(latent.float().cpu()))
        return out
