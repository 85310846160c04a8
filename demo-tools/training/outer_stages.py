"""Sharpens the closed-form autoencoder: RUNS/closed-form.pt gets outer decoder stages whose interpolation is fitted, by least squares on
the training pictures, to what the finer pixels show. The latents stay as they are."""
import os

import torch
import torch.nn.functional as F

import pictures
import recipes
from autoencoder import Autoencoder
from thumbnails import pack, unpack, write_outer_stages
from training import arguments, setup



def fit(coarse, fine):
    """[2, 2, 3, 3] kernels that make `fine` [n, c, 2 h, 2 w] of `coarse` [n, c, h, w], the same under mirrors and transposition."""
    x = F.unfold(coarse.flatten(0, 1)[:, None], 3, padding=1).transpose(1, 2).reshape(-1, 9).double()
    y = F.unfold(fine.flatten(0, 1)[:, None], 2, stride=2).transpose(1, 2).reshape(-1, 4).double()
    gram = x.T @ x + 1e-6 * len(x) * torch.eye(9)
    k = torch.linalg.solve(gram, x.T @ y).T.reshape(2, 2, 3, 3).float()
    k = (k + k.flip(0, 2)) / 2
    k = (k + k.flip(1, 3)) / 2
    return (k + k.transpose(0, 1).transpose(2, 3)) / 2


def finer(kernels, x):
    n, c, h, w = x.shape
    y = F.conv2d(x.reshape(n * c, 1, h, w), kernels.reshape(4, 1, 3, 3), padding=1)
    return F.pixel_shuffle(y, 2).reshape(n, c, 2 * h, 2 * w)


def thumbnails(model, pictures):
    """What the inner stages make of [n, 3, s, s]: still clips of one frame at an eighth of the size."""
    small = F.avg_pool2d(pictures, 8).permute(0, 2, 3, 1)[:, None]
    shown = [unpack(model.decoder.inner(model.encoder.inner(pack(part), {})[0]))[:, 3] for part in small.split(10)]
    return torch.cat(shown).permute(0, 3, 1, 2)


def fitted_kernels(model, pool):
    whole = torch.stack([F.avg_pool2d(torch.from_numpy(p.copy()).permute(2, 0, 1).float() / 127.5 - 1, 2) for p in pool])
    x, kernels = thumbnails(model, whole), []
    for side in 4, 2, 1:
        kernels.append(fit(x, F.avg_pool2d(whole, side)))
        x = finer(kernels[-1], x)
    return kernels


@torch.no_grad()
def main():
    args = arguments(__doc__).parse_args()
    setup(args)
    path = os.path.join(args.runs, "closed-form.pt")
    pool, _ = pictures.training_pool(args.runs)
    state = torch.load(path, map_location="cpu")
    model = Autoencoder(recipes.AUTOENCODER)
    model.load_state_dict(state["averaged"])
    write_outer_stages(model, fitted_kernels(model, pool))
    state["model"] = state["averaged"] = model.state_dict()
    torch.save(state, path)


if __name__ == "__main__":
    main()
