"""Captions from a small grammar, and the word tokenizer that reads them."""
import json
import re

SYNONYMS = {
    "pan_left": ["{c} pans left", "{c} pans to the left", "{c} moves left", "{c} tracks left", "pan left", "panning left",
                 "the view moves to the left", "camera panning to the left"],
    "pan_right": ["{c} pans right", "{c} pans to the right", "{c} moves right", "{c} tracks right", "pan right", "panning right",
                  "the view moves to the right", "camera panning to the right"],
    "pan_up": ["{c} pans up", "{c} tilts up", "{c} moves up", "{c} rises", "pan up", "tilt up", "panning up", "the view moves up",
               "{c} moves upward"],
    "pan_down": ["{c} pans down", "{c} tilts down", "{c} moves down", "{c} sinks", "pan down", "tilt down", "panning down",
                 "the view moves down", "{c} moves downward"],
    "zoom_in": ["{c} zooms in", "zoom in", "zooming in", "{c} moves closer", "{c} pushes in", "{c} moves forward", "dolly in"],
    "zoom_out": ["{c} zooms out", "zoom out", "zooming out", "{c} moves away", "{c} pulls back", "{c} moves backward", "dolly out"],
    "rotate_clockwise": ["{p} rotates clockwise", "{p} turns clockwise", "rotate clockwise", "rotating clockwise",
                         "clockwise rotation", "{p} spins clockwise"],
    "rotate_counterclockwise": ["{p} rotates counterclockwise", "{p} turns counterclockwise", "rotate counterclockwise",
                                "rotating counterclockwise", "counterclockwise rotation", "{p} spins counterclockwise"],
    "spot": ["a bright spot crosses {p}", "a light moves across {p}", "a bright light passes over {p}", "a glowing ball moves across {p}",
             "a spot of light moves across {p}"],
    "ripples": ["ripples spread across {p}", "water ripples", "waves spread over {p}", "{p} ripples", "ripples on the water"],
    "night": ["day turns to night", "night falls", "{p} gets dark", "the sun sets", "it becomes dark", "the light fades"],
    "day": ["night turns to day", "the sun rises", "{p} gets bright", "the day breaks", "it becomes bright", "the light grows"],
}
CAMERAS = ["the camera", "the camera", "camera", "the shot"]
PICTURES = ["the picture", "the image", "the scene", "the view", "the photo"]
SLOW, FAST, EVEN = ["slowly", "gently", "gradually"], ["quickly", "fast", "suddenly"], ["smoothly", ""]
SUBJECTS = ["a photo of a cat", "a cup on a table", "a rocket", "a city street", "a portrait of a woman", "mountains and a lake",
            "a forest in autumn", "old stone wall", "a beach at sunset", "a bowl of soup", "colorful shapes", "a page of text",
            "stars in the sky", "a house with a garden", "a man with a camera", "green grass", "coins", "a horse", "a clock on a wall"]
ENDINGS = ["", "", "", "cinematic", "high quality", "realistic video", "static light"]
EXTRA_WORDS = sorted({w for phrases in SYNONYMS.values() for p in phrases for w in re.sub(r"\{.\}", "", p).split()}
                     | {w for p in SUBJECTS + ENDINGS + SLOW + FAST + EVEN for w in p.split()}
                     | {"anticlockwise", "steadily", "coffee", "soup", "coins", "nightfall", "daybreak", "brighter", "darker"})


def caption(rng, motion, rate):
    """rate: 0 slow to 1 fast."""
    phrase = rng.choice(SYNONYMS[motion]).format(c=rng.choice(CAMERAS), p=rng.choice(PICTURES))
    words = SLOW if rate < 0.33 else FAST if rate > 0.67 else EVEN
    if rng.random() < 0.4:
        phrase = f"{phrase} {rng.choice(words)}".strip()
    parts = [phrase]
    if rng.random() < 0.3:
        parts.insert(0, rng.choice(SUBJECTS))
    if rng.random() < 0.3:
        parts.append(rng.choice(ENDINGS))
    return ", ".join(p for p in parts if p) + rng.choice(["", "", "."])


def tokenizer_json(base):
    """The word vocabulary at `base` with the grammar's words added, lower case only."""
    with open(base, encoding="utf-8") as file:
        spec = json.load(file)
    spec["normalizer"] = {"type": "Lowercase"}
    vocab = spec["model"]["vocab"]
    known = {word for word, _ in vocab}
    score = min(value for word, value in vocab if word.startswith("\u2581"))
    vocab += [["\u2581" + word, score] for word in EXTRA_WORDS if "\u2581" + word not in known]
    return spec


class Tokenizer:
    """The unigram tokenizer of tokenizer.json: the best-scored split of each word, bytes where a letter is unknown."""

    def __init__(self, spec, length):
        vocab = spec["model"]["vocab"]
        self.ids = {piece: i for i, (piece, _) in enumerate(vocab)}
        self.scores = dict(map(tuple, vocab))
        self.unknown = min(self.scores.values()) - 10
        self.length = length

    def encode(self, text):
        ids = [i for word in text.lower().split() for i in self.word("\u2581" + word)]
        return ids[:self.length - 1] + [1]

    def word(self, text):
        best = [(0.0, [])]
        for end in range(1, len(text) + 1):
            candidates = []
            for start in range(end):
                piece = text[start:end]
                if piece in self.ids:
                    candidates.append((best[start][0] + self.scores[piece], best[start][1] + [self.ids[piece]]))
                elif end == start + 1:
                    spelled = [self.ids[f"<0x{byte:02X}>"] for byte in piece.encode()]
                    candidates.append((best[start][0] + self.unknown, best[start][1] + spelled))
            best.append(max(candidates, key=lambda c: c[0]))
        return best[-1][1]

    def batch(self, texts):
        import torch
        rows = [self.encode(text) for text in texts]
        return torch.tensor([row + [0] * (self.length - len(row)) for row in rows])
