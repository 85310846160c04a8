"""Generates clips with the trained parts, as the Java pipeline does, and draws them as a contact sheet."""
import os

import numpy as np
import torch
from PIL import Image

import pictures
import recipes
from autoencoder import Autoencoder, LatentUpsampler
from latents import scaling_factor
from motion import euler, guided
from train_autoencoder import pooled
from train_base import build, first_frame_condition, tokenizer
from train_refiner import dynamic_mask, load
from training import arguments, setup
from transformer import Dit

PROMPTS = ("the camera pans left", "the camera zooms in", "day turns to night", "the picture rotates clockwise")


class Pipeline:
    def __init__(self, runs, refine=True):
        at = lambda name: os.path.join(runs, f"{name}.pt")
        self.words, self.scale = tokenizer(), scaling_factor(runs)
        best = next(n for n in ("autoencoder", "thumbnails", "closed-form") if os.path.exists(at(n)))
        self.autoencoder = load(at(best), Autoencoder(recipes.AUTOENCODER))
        self.base = load(at("base"), build("dynamic_router"))
        self.refine = refine
        if refine:
            self.upsampler = load(at("upsampler"), LatentUpsampler(recipes.UPSAMPLER))
            self.refiner = load(at("refiner"), Dit(recipes.REFINER))

    def latents(self, low, prompts, image, guidance, shift, steps, generator):
        """Base latents [b, frames, h, w, c] that continue the first one, `low`."""
        frames = (recipes.PIPELINE["frames"] - 1) // 4 + 1
        blank = torch.zeros(low.shape[0], frames, *low.shape[2:])
        blank[:, :1] = low
        condition = first_frame_condition(blank)
        text, nothing = (self.base["text_encoder"](self.words.batch(t)) for t in (prompts, [""] * len(prompts)))
        velocity = guided(self.base["transformer"], condition, text, nothing, image, guidance)
        return euler(velocity, torch.randn(blank.shape, generator=generator), steps, shift)

    @torch.no_grad()
    def generate(self, images, prompts, seed=7, **options):
        """images [b, 256, 256, 3] in [-1, 1]; clips [b, 17, 256, 256, 3], or at half size without the refiner."""
        p = dict(recipes.PIPELINE, **options)
        generator = torch.Generator().manual_seed(seed)
        image = self.base["image_encoder"](images)
        low = self.autoencoder.encoder(pooled(images[:, None]))[0] * self.scale
        latent = self.latents(low, prompts, image, p["guidance"], p["shift"], p["steps"], generator)
        if not self.refine:
            features = self.autoencoder.encoder(pooled(images[:, None]))[1]
            return self.autoencoder.decoder(latent / self.scale, features)
        high, features = self.autoencoder.encoder(images[:, None])
        high = high * self.scale
        draft, first = self.upsampler(latent), self.upsampler(low)
        condition = torch.cat([torch.zeros(*draft.shape[:-1], 4), draft], -1)
        condition[:, 1:, ..., :4] = dynamic_mask(high, first)
        condition[:, :1, ..., :4] = 1
        condition[:, :1, ..., 4:] = high
        text = self.base["text_encoder"](self.words.batch(prompts))
        velocity = lambda x, t: self.refiner(torch.cat([x, condition], -1), t.expand(len(x)), text, image)
        refined = euler(velocity, torch.randn(draft.shape, generator=generator), p["refiner_steps"], p["refiner_shift"])
        return torch.cat([self.autoencoder.decoder(z[None] / self.scale, {i: f[b:b + 1] for i, f in features.items()})
                          for b, z in enumerate(refined)])


def held_out_images(count):
    pool = [pictures.photograph(n) for n in pictures.HELD_OUT]
    pool += [pictures.procedural(9_000_000 + i) for i in range(max(0, count - len(pool)))]
    images = [np.asarray(Image.fromarray(p).resize((256, 256), Image.BOX), np.float32) / 127.5 - 1 for p in pool[:count]]
    return torch.from_numpy(np.stack(images))


def sheet(images, videos, path):
    rows = []
    for image, video in zip(images, videos):
        side = video.shape[1]
        first = torch.nn.functional.interpolate(image.permute(2, 0, 1)[None], (side, side), mode="area")[0].permute(1, 2, 0)
        rows.append(torch.cat([first] + [video[i] for i in (0, 4, 8, 12, 16)], 1))
    picture = ((torch.cat(rows, 0).clamp(-1, 1) + 1) * 127.5).byte().numpy()
    Image.fromarray(picture).save(path)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--out", default="sheet.png")
    parser.add_argument("--base-only", action="store_true")
    parser.add_argument("--guidance", type=float, default=recipes.PIPELINE["guidance"])
    parser.add_argument("--shift", type=float, default=recipes.PIPELINE["shift"])
    args = parser.parse_args()
    setup(args)
    images = held_out_images(4)
    pipeline = Pipeline(args.runs, not args.base_only)
    sheet(images, pipeline.generate(images, list(PROMPTS), guidance=args.guidance, shift=args.shift), args.out)


if __name__ == "__main__":
    main()
