"""Ends the training of the encoder: clips that went through it (RUNS/encoded.pt), the linear map of a patch of thumbnails that comes
nearest to it (RUNS/encoder-matrix.pt), and what makes its latents of variance 1 (RUNS/scaling-factor.txt).

The map makes latents of fresh clips at the price of one matrix product; on clips of held-out pictures it explains the printed share of
their variance."""
import os

import torch
import torch.nn.functional as F

import pictures
import recipes
from autoencoder import Autoencoder
from latents import Moves, about, patches, picked
from training import arguments, autocast, setup

# Larger windows than in fresh clips, so that pictures of 512 pixels stay sharp at that size.
HALVES = (0.6, 0.95)
SIDE = 512


def render(picture, moves, size):
    """One clip [1, 17, height, width, 3] of a picture [512, 512, 3]."""
    source = torch.from_numpy(picture.copy()).permute(2, 0, 1).float()[None] / 127.5 - 1
    shown = F.grid_sample(source, moves.positions(size).flatten(1, 2), mode="bilinear", padding_mode="reflection", align_corners=False)
    return moves.lit(moves.recoloured(shown.unflatten(2, (-1, size[0])))).permute(0, 2, 3, 4, 1)


def smaller(clip, factor):
    b = len(clip)
    return F.avg_pool2d(clip.flatten(0, 1).permute(0, 3, 1, 2), factor).permute(0, 2, 3, 1).unflatten(0, (b, -1))


def encoded(model, pool, photographs, count, pairs, device):
    """`count` clips at 256 pixels, the first `pairs` of them at 512 pixels, too, and their thumbnails."""
    rows, thumbnails = [], []
    for i in range(count):
        moves = Moves(1, HALVES)
        clip = render(pool[int(picked(1, photographs, len(pool), 0.75))], moves, (SIDE, SIDE))
        low = smaller(clip, 2)
        row = about(moves, smaller(clip[:, :1], 16)[:, 0], (SIDE // 128, SIDE // 128))
        with autocast(device):
            row["low"] = model.encoder(low.to(device))[0].float().cpu()
            if i < pairs:
                row["high"] = model.encoder(clip.to(device))[0].float().cpu()
        rows.append(row)
        thumbnails.append(smaller(low, 8))
        if i % 100 == 0:
            print(f"encoded {i} of {count}", flush=True)
    return {name: torch.cat([row[name] for row in rows if name in row]) for name in rows[0]}, torch.cat(thumbnails)


def linear_map(thumbnails, latents):
    """[769, channels] by least squares; the last row is the constant."""
    x = F.pad(patches(thumbnails), (0, 1), value=1.0).flatten(0, 3).double()
    y = latents.flatten(0, 3).double()
    gram = x.T @ x
    gram += 1e-4 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    return torch.linalg.solve(gram, x.T @ y).float()


@torch.no_grad()
def main():
    args = arguments(__doc__).parse_args()
    device, recipe = setup(args)
    model = Autoencoder(recipes.AUTOENCODER).eval()
    model.load_state_dict(torch.load(os.path.join(args.runs, "joint.pt"), map_location="cpu")["averaged"])
    model.to(device)
    plan = recipe["encoded"]
    clips, thumbnails = encoded(model, *pictures.training_pool(args.runs), plan["clips"], plan["pairs"], device)
    scale = 1 / float(clips["low"].std())
    with open(os.path.join(args.runs, "scaling-factor.txt"), "w") as file:
        file.write(f"{scale:.8f}\n")
    for name in "low", "high":
        clips[name] = clips[name] * scale
    matrix = linear_map(thumbnails, clips["low"])
    torch.save(matrix, os.path.join(args.runs, "encoder-matrix.pt"))
    held, seen = encoded(model, *pictures.held_out_pool(args.runs), 40, 1, device)
    said = F.pad(patches(seen), (0, 1), value=1.0) @ matrix
    print(f"latents of clips of held-out pictures: the linear map explains {1 - float((said - held['low'] * scale).var() / (held['low'] * scale).var()):.4f}")
    torch.save({name: value.half() if value.is_floating_point() else value for name, value in clips.items()}, os.path.join(args.runs, "encoded.pt"))


if __name__ == "__main__":
    main()
