"""Where the transformers' training starts: weights that already continue a clip as a still, so that only motion is left to learn.

Base: two heads of the first block fetch frame 0's latent at the own position. Both models: the head says (noisy - known) / noise
level, with the level from the time embedding; its matrix is fitted on cached latents. All other branches start at zero."""
import torch
import torch.nn.functional as F

MARK = 3.0
SHARPNESS = 2.5
LOWEST_LEVEL = 0.1
# Free channels start at this constant of either sign, so that a token's content hardly changes what its norm divides by.
CONSTANT = 2.0


def write_times(dit):
    """e(t) = 1 / level - 1 in the channels of noisy and known latents, by least squares on the random hidden units of the time MLP."""
    t = torch.linspace(1, 1000, 2000)
    half = dit.config["freq_dim"] // 2
    angles = t.double()[:, None] * 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    hidden = F.silu(dit.time_embedding[0](torch.cat([angles.cos(), angles.sin()], 1).float()))
    hidden = F.pad(hidden, (0, 1), value=1.0)
    wanted = 1 / (t / 1000).clamp(min=LOWEST_LEVEL) - 1
    gram = hidden.T @ hidden + 1e-4 * len(t) * torch.eye(hidden.shape[1])
    b = torch.linalg.solve(gram, hidden.T @ wanted)
    used = 2 * dit.config["out_dim"]
    dit.time_embedding[2].weight[:used] = b[:-1]
    dit.time_embedding[2].bias[:used] = b[-1]


def write_fetch(block, latent):
    """Heads 0 and 1 of a block: attend to the marked frame at the own row and column, and add its condition to the own."""
    attention = block.self_attn
    dim = attention.q.weight.shape[0]
    wide = dim // attention.heads
    pairs = wide // 2
    side = pairs // 3
    frame, row, column = pairs - 2 * side - 1, pairs - 2 * side, pairs - side
    pattern = mark(latent)
    for head in range(latent // wide):
        own = slice(head * wide, (head + 1) * wide)
        for linear in attention.q, attention.k:
            linear.weight[own] = 0
            linear.bias[own] = 0
            linear.bias[[head * wide + 2 * row, head * wide + 2 * column]] = 1
        attention.q.bias[head * wide + 2 * frame] = 1
        attention.k.weight[head * wide + 2 * frame, :latent] = pattern / latent
        attention.norm_q.weight[own] = SHARPNESS
        attention.norm_k.weight[own] = SHARPNESS
        attention.v.bias[own] = 0
        attention.v.weight[own] = 0
        for i in range(wide):
            attention.v.weight[head * wide + i, latent + head * wide + i] = 1
    for i in range(latent):
        # The marked token's norm divides by more, and the softmax leaks a little.
        attention.o.weight[latent + i, i] = 1.3 * (MARK * MARK / 2 + 1.0) ** 0.5


def mark(latent):
    return torch.tensor([1.0, -1.0]).repeat(latent // 2)


@torch.no_grad()
def write_start(dit, fetch):
    latent, dim = dit.config["out_dim"], dit.config["dim"]
    if dim < 2 * latent:
        raise ValueError(f"start: dim must be at least twice out_dim, got {dim} and {latent}")
    weight = dit.patch_embedding.weight
    weight.zero_()
    dit.patch_embedding.bias.zero_()
    dit.patch_embedding.bias[2 * latent::2], dit.patch_embedding.bias[2 * latent + 1::2] = CONSTANT, -CONSTANT
    for i in range(latent):
        weight[i, i] = 1
        weight[latent + i, latent + 4 + i] = 1
    for block in dit.blocks:
        block.modulation.zero_()
        block.modulation[:, [2, 5]] = 1
        for linear in block.self_attn.o, block.cross_attn.o, block.ffn[2]:
            linear.weight.zero_()
            linear.bias.zero_()
        if hasattr(block.self_attn, "router"):
            block.self_attn.router.weight.zero_()
            block.self_attn.router.bias.zero_()
            block.self_attn.router.bias[-1] = 2
    if fetch:
        weight[:latent, latent, 0, 0, 0] += MARK * mark(latent)
        write_fetch(dit.blocks[0], latent)
    dit.time_projection[1].weight.zero_()
    dit.time_projection[1].bias.zero_()
    write_times(dit)
    dit.head.modulation.zero_()
    dit.head.head.weight.zero_()
    dit.head.head.weight[:, :2 * latent] = torch.cat([torch.eye(latent), -torch.eye(latent)], 1)
    dit.head.head.bias.zero_()


@torch.no_grad()
def fit_head(dit, target, condition, text, image, rounds=4):
    """Least squares of the head's matrix on [b, f, h, w, c] latents; frame 0 is left out, its token fetches itself."""
    seen, wanted = [], []
    grab = dit.head.head.register_forward_hook(lambda m, inputs, out: seen.append(inputs[0]))
    for _ in range(rounds):
        level = torch.sigmoid(torch.randn(len(target)))
        noise = torch.randn(target.shape)
        w = level.view(-1, 1, 1, 1, 1)
        dit(torch.cat([(1 - w) * target + w * noise, condition], -1), level * 1000, text, image)
        wanted.append((noise - target)[:, 1:].flatten(0, -2))
        seen[-1] = seen[-1].unflatten(1, target.shape[1:4])[:, 1:].flatten(0, -2)
    grab.remove()
    x, y = F.pad(torch.cat(seen), (0, 1), value=1.0), torch.cat(wanted)
    gram = x.T @ x + 1e-3 * len(x) * torch.eye(x.shape[1])
    b = torch.linalg.solve(gram, x.T @ y)
    dit.head.head.weight.copy_(b[:-1].T)
    dit.head.head.bias.copy_(b[-1])
    error = x @ b - y
    return float(((error.square() + 1).sqrt() - 1).mean())
