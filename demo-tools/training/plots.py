"""Pictures of a finished run: both base losses, and the routers' largest weights, with their numbers as CSV."""
import csv
import os
import random
import shutil

import matplotlib
import numpy as np
import torch

import clips
import motion
from train_base import build, first_frame_condition, texts, tokenizer, validation_loss
from train_refiner import load
from training import arguments, setup

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of backend)


def read(path, column):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    return [int(r["step"]) for r in rows], [float(r[column]) for r in rows]


def losses(runs, out):
    figure, axes = plt.subplots(1, 2, figsize=(11, 4))
    for name, label in (("base", "dynamic router"), ("base-none", "no layer memory")):
        for suffix in "", "-validation":
            shutil.copy(os.path.join(runs, f"{name}{suffix}.csv"), os.path.join(out, f"{name}{suffix}.csv"))
        axes[0].plot(*read(os.path.join(runs, f"{name}.csv"), "loss"), label=label, alpha=0.8, linewidth=0.8)
        axes[1].plot(*read(os.path.join(runs, f"{name}-validation.csv"), "validation"), label=label)
    for axis, title in zip(axes, ("training loss (mean of 20 steps)", "loss of averaged weights on clips not trained on")):
        axis.set(title=title, xlabel="step", ylabel="pseudo-Huber", yscale="log")
        axis.legend()
    figure.tight_layout()
    figure.savefig(os.path.join(out, "layer-memory-loss.png"), dpi=90)


@torch.no_grad()
def heatmap(runs, out, data):
    """Largest router weight over tokens, per layer (2..L) and source state (0..l-1), mean over clips at noise level 0.5."""
    model, words = load(os.path.join(runs, "base.pt"), build("dynamic_router")), tokenizer()
    low = data["low"]
    torch.manual_seed(1)
    noisy = 0.5 * low + 0.5 * torch.randn(low.shape)
    text = model["text_encoder"](words.batch(texts(random.Random(1), data, 0)))
    routers = []
    model["transformer"](torch.cat([noisy, first_frame_condition(low)], -1), torch.full((len(low),), 500.0), text,
                         model["image_encoder"](data["image"]), routers)
    grid = np.full((len(routers), len(routers) + 1), np.nan)
    for layer, weights in enumerate(routers):
        grid[layer, :weights.shape[-1]] = weights.amax(1).mean(0).numpy()
    np.savetxt(os.path.join(out, "router-heatmap.csv"), grid, "%.4f", ",", header="row: layer 2..L; column: source state 0..")
    figure, axis = plt.subplots(figsize=(6, 4.5))
    picture = axis.imshow(grid, vmin=0, vmax=1, cmap="viridis")
    for (y, x), value in np.ndenumerate(grid):
        if not np.isnan(value):
            axis.text(x, y, f"{value:.2f}", ha="center", va="center", color="w" if value < 0.6 else "k", fontsize=8)
    axis.set(xlabel="source state", ylabel="layer", title="largest router weight over tokens", yticks=range(len(grid)),
             yticklabels=range(2, len(grid) + 2))
    figure.colorbar(picture)
    figure.tight_layout()
    figure.savefig(os.path.join(out, "router-heatmap.png"), dpi=90)


@torch.no_grad()
def following(runs, out, data):
    """Does the text matter? Validation loss with the true captions and with captions of other clips, for both models."""
    words = tokenizer()
    wrong = dict(data, motion=(data["motion"] + 1 + torch.arange(len(data["motion"])) % (len(clips.MOTIONS) - 1)) % len(clips.MOTIONS))
    lines = ["model,true_captions,wrong_captions"]
    for name, memory in (("base", "dynamic_router"), ("base-none", "none")):
        model = load(os.path.join(runs, f"{name}.pt"), build(memory))
        values = [validation_loss(model, d, words, torch.device("cpu")) for d in (data, wrong)]
        lines.append(f"{name},{values[0]:.5f},{values[1]:.5f}")
    with open(os.path.join(out, "text-matters.csv"), "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))


def main():
    parser = arguments(__doc__)
    parser.add_argument("--out", default="results")
    args = parser.parse_args()
    setup(args)
    os.makedirs(args.out, exist_ok=True)
    held_out = motion.Measure(args.runs).data
    losses(args.runs, args.out)
    heatmap(args.runs, args.out, held_out)
    following(args.runs, args.out, held_out)


if __name__ == "__main__":
    main()
