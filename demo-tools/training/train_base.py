"""Trains the base transformer with its text and image encoders, by flow matching on cached latents.

--layer-memory none trains the same model without routers, for comparison: RUNS/base-none.*"""
import os
import random

import torch
import torch.nn as nn

import captions
import clips
import latents
import motion
import recipes
from conditioning import ImageEncoder, TextEncoder
from start import fit_head, write_start
from training import Run, arguments, autocast, setup
from transformer import Dit

VOCABULARY = "../../fsvideo-core/src/main/resources/io/fsvideo/text/tiny-tokenizer.json"


def tokenizer():
    base = os.path.join(os.path.dirname(os.path.abspath(__file__)), VOCABULARY)
    return captions.Tokenizer(captions.tokenizer_json(base), recipes.TEXT_LEN)


def build(layer_memory):
    text = TextEncoder(recipes.TEXT_ENCODER).initialise()
    image = ImageEncoder(recipes.IMAGE_ENCODER)
    dit = Dit(dict(recipes.BASE, layer_memory=layer_memory)).initialise()
    return nn.ModuleDict({"text_encoder": text, "image_encoder": image, "transformer": dit})


def logit_normal(count, device):
    """One of every quantile, in random order, for less chance in a small batch; shifted to the noise levels that decide on motion."""
    quantile = (torch.randperm(count) + torch.rand(count)) / count
    t = torch.sigmoid(2 ** 0.5 * torch.erfinv((2 * quantile - 1).clamp(-0.9999, 0.9999)))
    shift = recipes.PIPELINE["shift"]
    return (shift * t / (1 + (shift - 1) * t)).to(device)


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


def texts(rng, data, dropout):
    """One caption per clip; some are empty, so that guidance has an unconditional model."""
    out = []
    for move, rate in zip(data["motion"].tolist(), data["rate"].tolist()):
        said = captions.caption(rng, clips.MOTIONS[move], rate)
        out.append("" if rng.random() < dropout else said)
    return out


def start(model, source):
    """Weights that continue a clip as a still, the head fitted on clips."""
    dit = model["transformer"]
    write_start(dit, True)
    low = source.base(400)["low"]
    fit_head(dit, low, first_frame_condition(low), torch.zeros(len(low), 1, dit.config["text_dim"]), torch.zeros(len(low), 17, dit.config["clip_dim"]))


class Hints(nn.Module):
    """An extra task: where a token is and how far its patch moves must be readable from the first blocks' outputs. Rotary positions
    only say how far tokens are apart, and zooms and turns go another way in every corner. The probes are thrown away."""

    def __init__(self, dit):
        super().__init__()
        self.seen = []
        self.probes = nn.ModuleList(nn.Linear(dit.config["dim"], 4) for _ in range(2))
        self.optimizer = torch.optim.Adam(self.probes.parameters(), lr=3e-3)
        for block in dit.blocks[:2]:
            block.register_forward_hook(lambda module, inputs, out: self.seen.append(out[0]) if module.training else None)

    def loss(self, moved, motions):
        """moved [b, f, h, w, 2]; see Moves.displacement. Zooms and turns move patches less than pans do and count more."""
        axes = torch.meshgrid(*(torch.linspace(-1, 1, n) for n in moved.shape[2:4]), indexing="ij")
        wanted = torch.cat([torch.stack(axes, -1).expand_as(moved), moved / 0.3], -1).flatten(1, 3).to(self.seen[0].device)
        weight = torch.where((motions >= 4) & (motions < clips.CAMERA_MOTIONS), 8.0, 1.0).view(-1, 1, 1).to(wanted.device)
        errors = [weight * (probe(x) - wanted).square() for probe, x in zip(self.probes, self.seen)]
        self.seen.clear()
        zooms = (motions == 4) | (motions == 5)
        self.value = float(errors[1][zooms][..., 2:].detach().mean() / (weight * wanted.square())[zooms][..., 2:].mean())
        return sum(error.mean() for error in errors)

    def update(self):
        self.optimizer.step()
        self.optimizer.zero_grad()


@torch.no_grad()
def validation_loss(model, data, words, device):
    rng, state = random.Random(3), torch.get_rng_state()
    torch.manual_seed(3)
    ids = words.batch(texts(rng, data, 0)).to(device)
    low = data["low"].to(device)
    losses = [flow_loss(model["transformer"], low, first_frame_condition(low), model["text_encoder"](ids),
                        model["image_encoder"](data["image"].to(device))) for _ in range(2)]
    torch.set_rng_state(state)
    return float(sum(losses) / len(losses))


def main():
    parser = arguments(__doc__)
    parser.add_argument("--layer-memory", choices=("dynamic_router", "none"), default="dynamic_router")
    args = parser.parse_args()
    device, recipe = setup(args)
    plan, words = recipe["base"], tokenizer()
    source, measure = latents.Clips(args.runs), motion.Measure(args.runs)
    name = "base" if args.layer_memory == "dynamic_router" else "base-none"
    torch.manual_seed(args.seed)
    model = build(args.layer_memory)
    start(model, source)
    model.to(device)
    model.train()
    run = Run(name, args, model, plan["steps"], weight_decay=0.01, average=0.99)
    run.averaged.to(device)
    hints = Hints(model["transformer"]).to(device)
    while run.progress < 1:
        rng = run.rng()
        data = source.base(plan["batch"])
        ids = words.batch(texts(rng, data, 0.12)).to(device)
        low, image = data["low"].to(device), data["image"].to(device)
        with autocast(device):
            loss = flow_loss(model["transformer"], low, first_frame_condition(low), model["text_encoder"](ids), model["image_encoder"](image))
            loss = loss + plan["hints"] * hints.loss(data["moved"], data["motion"])
        run.update(loss, plan["rate"] * min(1, (1 - run.progress) / 0.2))
        hints.update()
        if run.step % plan["measure"] == 0:
            run.note("validation", validation_loss(run.averaged, measure.data, words, device))
            run.note("hints", hints.value)
            if run.step % 200 == 0:
                run.note("motion", measure.accuracy(run.averaged, words, device))
    run.save()


if __name__ == "__main__":
    main()
