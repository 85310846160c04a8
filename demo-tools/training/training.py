"""What every training script shares: arguments, seeds, schedule, checkpoints that resume, averaged weights, CSV logs."""
import argparse
import copy
import math
import os
import random
import time

import torch

import recipes


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", default="runs", help="folder of checkpoints, caches and logs")
    parser.add_argument("--recipe", choices=("auto", *recipes.RECIPES), default="auto")
    parser.add_argument("--minutes", type=float, default=0, help="end after this much training time; 0: after the recipe's steps")
    parser.add_argument("--steps", type=int, default=0, help="end after this many steps; 0: the recipe's number")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def setup(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    # Gradients behind pixel norms get so small that processors fall into their slow path: a step took twice as long.
    torch.set_flush_denormal(True)
    os.makedirs(args.runs, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = args.recipe if args.recipe != "auto" else ("gpu" if device.type == "cuda" else "cpu")
    return device, recipes.RECIPES[name]


def autocast(device):
    return torch.autocast(device.type, dtype=torch.bfloat16)


def rate_share(p):
    """Adam moves every weight alike, so a layer of many inputs needs smaller steps."""
    return min(1.0, 128 / p[0].numel()) if p.dim() > 1 else 1.0


class Run:
    """One model in training. Its state is saved to RUNS/NAME.pt and found there again; RUNS/NAME.csv is the log."""

    def __init__(self, name, args, modules, steps, weight_decay=0.0, average=0.998):
        self.path, self.log = (os.path.join(args.runs, f"{name}.{ext}") for ext in ("pt", "csv"))
        self.modules, self.steps, self.minutes, self.average = modules, args.steps or steps, args.minutes, average
        self.parameters = [p for p in modules.parameters() if p.requires_grad]
        groups = [{"params": [p], "share": rate_share(p)} for p in self.parameters]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), weight_decay=weight_decay)
        self.averaged = copy.deepcopy(modules).eval().requires_grad_(False)
        self.step, self.seconds, self.seed = 0, 0.0, args.seed
        if os.path.exists(self.path):
            self.resume()
        self.started, self.losses = time.time() - self.seconds, []

    def resume(self):
        state = torch.load(self.path, map_location="cpu")
        self.modules.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]

    @property
    def progress(self):
        by_time = (time.time() - self.started) / 60 / self.minutes if self.minutes else 0
        return max(self.step / self.steps, by_time)

    def rng(self):
        """Every step has its own numbers, so that a resumed run continues as an uninterrupted one."""
        torch.manual_seed(self.seed * 1_000_003 + self.step)
        return random.Random(self.seed * 1_000_003 + self.step)

    def update(self, loss, rate, report=20, save=50):
        for group in self.optimizer.param_groups:
            group["lr"] = group["share"] * rate * min(1, (self.step + 1) / 50)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.follow()
        self.step += 1
        self.losses.append(float(loss.detach()))
        if self.step % report == 0:
            self.write_log(rate)
        if self.step % save == 0:
            self.save()

    @torch.no_grad()
    def follow(self):
        decay = min(self.average, (self.step + 1) / (self.step + 10))
        for mean, now in zip(self.averaged.state_dict().values(), self.modules.state_dict().values()):
            mean.lerp_(now, 1 - decay) if mean.is_floating_point() else mean.copy_(now)

    def write_log(self, rate):
        self.seconds = time.time() - self.started
        fresh = not os.path.exists(self.log)
        with open(self.log, "a") as file:
            if fresh:
                file.write("step,seconds,rate,loss\n")
            file.write(f"{self.step},{self.seconds:.0f},{rate:.3g},{sum(self.losses) / len(self.losses):.5f}\n")
        self.losses.clear()

    def note(self, what, value):
        """A measured number, in RUNS/NAME-WHAT.csv."""
        path = self.log.replace(".csv", f"-{what}.csv")
        fresh = not os.path.exists(path)
        with open(path, "a") as file:
            if fresh:
                file.write(f"step,{what}\n")
            file.write(f"{self.step},{value:.5f}\n")

    def save(self):
        self.seconds = time.time() - self.started
        state = {"model": self.modules.state_dict(), "averaged": self.averaged.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "step": self.step, "seconds": self.seconds}
        torch.save(state, self.path + ".part")
        os.replace(self.path + ".part", self.path)


def cosine(progress, first, last):
    return last + (first - last) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
