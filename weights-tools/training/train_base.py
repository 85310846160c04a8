"""Trains the base transformer with its text and image encoders, by flow matching on cached latents.

--layer-memory none trains the same model without routers, for comparison: RUNS/base-none.*"""
import os
import random

import torch
import torch.nn as nn

import cache_latents
import captions
import clips
import recipes
from conditioning import ImageEncoder, TextEncoder
from start import fit_head, write_start
from training import Run, arguments, autocast, cosine, setup
from transformer import Dit

VOCABULARY = "../../fsvideo-core/src/main/resources/io/fsvideo/text/tiny-tokenizer.json"


def tokenizer():
    base = os.path.join(os.path.dirname(os.path.abspath(__file__)), VOCABULARY)
    return captions.Tokenizer(captions.tokenizer_json(base), recipes.TEXT_LEN)


def build(layer_memory):
    text = TextEncoder(recipes.TEXT_ENCODER).initialise()
    image = ImageEncoder(recipes.IMAGE_ENCODER)
    dit = Dit(dict(recipes.DIT, layer_memory=layer_memory)).initialise()
    return nn.ModuleDict({"text_encoder": text, "image_encoder": image, "transformer": dit})


def logit_normal(count, device):
    return torch.sigmoid(torch.randn(count)).to(device)


def pseudo_huber(error, c=1.0):
    return ((error.square() + c * c).sqrt() - c).mean()


def flow_loss(dit, target, condition, text, image):
    """Between noise and latents on a straight line, the model says noise - latents. Tensors [b, f, h, w, c]."""
    noise = torch.randn(target.shape).to(target.device)
    s = logit_normal(target.shape[0], target.device)
    w = s.view(-1, 1, 1, 1, 1)
    x = (1 - w) * target + w * noise
    velocity = dit(torch.cat([x, condition], -1), s * 1000, text, image)
    return pseudo_huber(velocity.float() - (noise - target))


def first_frame_condition(latent):
    """Mask of four channels and latent; only frame 0 is known."""
    condition = torch.zeros(*latent.shape[:-1], latent.shape[-1] + 4, device=latent.device)
    condition[:, :1, ..., :4] = 1
    condition[:, :1, ..., 4:] = latent[:, :1]
    return condition


def texts(rng, data, rows, dropout):
    """One caption per row; some are empty, so that guidance has an unconditional model."""
    out = []
    for row in rows:
        said = captions.caption(rng, clips.MOTIONS[int(data["motion"][row])], float(data["rate"][row]))
        out.append("" if rng.random() < dropout else said)
    return out


def split(data, held_out=64):
    """The last clips of the cache only measure."""
    n = len(data["low"])
    return list(range(n - held_out)), list(range(n - held_out, n))


@torch.no_grad()
def validation_loss(model, data, rows, words, device):
    rng, state = random.Random(3), torch.get_rng_state()
    torch.manual_seed(3)
    ids = words.batch(texts(rng, data, rows, 0)).to(device)
    low = data["low"][rows].to(device)
    losses = [flow_loss(model["transformer"], low, first_frame_condition(low), model["text_encoder"](ids),
                        model["image_encoder"](data["image"][rows].to(device))) for _ in range(4)]
    torch.set_rng_state(state)
    return float(sum(losses) / len(losses))


def main():
    parser = arguments(__doc__)
    parser.add_argument("--layer-memory", choices=("dynamic_router", "none"), default="dynamic_router")
    args = parser.parse_args()
    device, recipe = setup(args)
    plan, words = recipe["base"], tokenizer()
    data, _ = cache_latents.gather(args.runs)
    training, measuring = split(data)
    name = "base" if args.layer_memory == "dynamic_router" else "base-none"
    torch.manual_seed(args.seed)
    model = build(args.layer_memory)
    write_start(model["transformer"], True)
    low = data["low"][training[:400]]
    nothing = torch.zeros(len(low), 1, recipes.DIT["text_dim"])
    fit_head(model["transformer"], low, first_frame_condition(low), nothing, torch.zeros(len(low), 17, recipes.DIT["clip_dim"]))
    model.to(device)
    run = Run(name, args, model, plan["steps"], weight_decay=0.01)
    run.averaged.to(device)
    while run.progress < 1:
        rng = run.rng()
        rows = rng.sample(training, min(plan["batch"], len(training)))
        ids = words.batch(texts(rng, data, rows, 0.12)).to(device)
        low, image = data["low"][rows].to(device), data["image"][rows].to(device)
        with autocast(device):
            loss = flow_loss(model["transformer"], low, first_frame_condition(low), model["text_encoder"](ids), model["image_encoder"](image))
        run.update(loss, cosine(run.progress, plan["rate"], plan["rate"] * 0.05))
        if run.step % 50 == 0:
            value = validation_loss(run.averaged, data, measuring, words, device)
            run.note("validation", value)
    run.save()


if __name__ == "__main__":
    main()
