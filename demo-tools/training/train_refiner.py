"""Trains the refiner: from noise to the full-size latents, conditioned on the upsampler's draft with its dynamic mask.

The text and image encoders are the base model's and stay fixed."""
import os
import random

import torch

import latents
import recipes
from autoencoder import LatentUpsampler
from start import write_start
from train_base import build, flow_loss, logit_normal, texts, tokenizer
from training import Run, arguments, autocast, cosine, setup
from transformer import Dit


NOISE = 0.4


def dynamic_mask(encoded, upsampled):
    """Confidence per position of the first frame, [b, 1, h, w, 1], as the Java pipeline computes it."""
    p = recipes.PIPELINE
    error = (encoded - upsampled).abs().mean(-1, keepdim=True)
    return p["mask_high"] - (p["mask_high"] - p["mask_low"]) * (error / p["mask_error_max"]).clamp(max=1)


def shuffled(rng, draft, share):
    """Some clips get the later frames of their draft in another order, so that the refiner checks them against its text."""
    out = draft.clone()
    for i in range(len(draft)):
        if rng.random() < share:
            order = list(range(1, draft.shape[1]))
            rng.shuffle(order)
            out[i, 1:] = draft[i, order]
    return out


def draft_condition(rng, high, draft, first, device):
    """Deviation-based: the true latents plus a random multiple of the draft's error; at inference the multiple is 1."""
    b = len(high)
    amount = torch.tensor([rng.uniform(0.4, 1.3) for _ in range(b)], device=device).view(-1, 1, 1, 1, 1)
    condition = torch.zeros(*high.shape[:-1], high.shape[-1] + 4, device=device)
    condition[:, :1, ..., :4] = 1
    condition[:, :1, ..., 4:] = high[:, :1]
    condition[:, 1:, ..., :4] = dynamic_mask(high[:, :1], high[:, :1] + amount * (first - high[:, :1]))
    condition[:, 1:, ..., 4:] = shuffled(rng, high + amount * (draft - high), 0.05)[:, 1:]
    dropped = torch.tensor([rng.random() < 0.1 for _ in range(b)], device=device)
    condition[dropped, 1:] = 0
    return condition


def load(run, model, part="averaged"):
    model.load_state_dict(torch.load(run, map_location="cpu")[part])
    return model.eval().requires_grad_(False)


def drafted(upsampler, low, noise):
    """Drafts from latents as inexact as the base model's, and the first frame's from exact ones."""
    amount = noise * torch.rand(len(low)).view(-1, 1, 1, 1, 1).to(low.device)
    return upsampler(low + amount * torch.randn(low.shape).to(low.device)).float(), upsampler(low[:, :1]).float()


@torch.no_grad()
def start(model, data, upsampler):
    """Weights that copy the condition; the head's scale makes up for what the last norm divides by."""
    write_start(model, False)
    high = data["high"]
    condition = draft_condition(random.Random(1), high, *drafted(upsampler, data["low"], 0), "cpu")
    condition[..., 4:] = high
    level = logit_normal(len(high), "cpu").view(-1, 1, 1, 1, 1)
    noise = torch.randn(high.shape)
    nothing = torch.zeros(len(high), 1, model.config["text_dim"]), torch.zeros(len(high), 17, model.config["clip_dim"])
    said = model(torch.cat([(1 - level) * high + level * noise, condition], -1), level.flatten() * 1000, *nothing)
    model.head.head.weight.mul_((said * (noise - high)).sum() / said.square().sum())


def main():
    args = arguments(__doc__).parse_args()
    device, recipe = setup(args)
    plan, words = recipe["refiner"], tokenizer()
    source = latents.Clips(args.runs)
    base = load(os.path.join(args.runs, "base.pt"), build("dynamic_router")).to(device)
    upsampler = load(os.path.join(args.runs, "upsampler.pt"), LatentUpsampler(recipes.UPSAMPLER))
    torch.manual_seed(args.seed)
    model = Dit(recipes.REFINER)
    start(model, source.pairs(200), upsampler)
    upsampler.to(device)
    run = Run("refiner", args, model.to(device), plan["steps"], weight_decay=0.01)
    run.averaged.to(device)
    while run.progress < 1:
        rng = run.rng()
        data = source.pairs(plan["batch"], 0.3)
        low, high = data["low"].to(device), data["high"].to(device)
        with torch.no_grad(), autocast(device):
            text = base["text_encoder"](words.batch(texts(rng, data, 0.05)).to(device))
            image = base["image_encoder"](data["image"].to(device))
            draft, first = drafted(upsampler, low, NOISE)
        with autocast(device):
            loss = flow_loss(model, high, draft_condition(rng, high, draft, first, device), text, image)
        run.update(loss, cosine(run.progress, plan["rate"], plan["rate"] * 0.05))
    run.save()


if __name__ == "__main__":
    main()
