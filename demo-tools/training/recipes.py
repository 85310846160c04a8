"""Sizes of the demo model and how long each part trains, on a CPU and on a GPU."""
LATENT = 128
BLOCKS = ["ResBlock"] * 3 + ["EViTS5_GLU"] * 4
WIDTHS = [8, 16, 64, 64, 128, 256, 256]

AUTOENCODER = {
    "latent_channels": LATENT,
    "attention_dim": 16,
    "cross_dim": {"linear": 16, "softmax": 32},
    "temporal_factor": [2, 2, 1, 1, 1, 1],
    "feature_stages": [2, 3, 4, 5, 6],
    "encoder": {"width_list": WIDTHS, "depth_list": [0, 1, 1, 1, 1, 1, 1], "block_type": BLOCKS},
    "decoder": {"width_list": WIDTHS, "depth_list": [1, 2, 2, 1, 1, 1, 1], "block_type": BLOCKS, "time": "group",
                # The maps are small here, so even the two large ones afford softmax, which copies detail better.
                "cross_attention": {str(i): "softmax" for i in range(2, 7)}},
    "norm_eps": 1e-8, "attention_eps": 1e-15, "expand_ratio": 4, "aggregation_kernel": 5, "noise_weight": 0.05,
    "scaling_factor": 1.0,
}

TEXT_LEN = 24
TEXT_ENCODER = {
    "vocab_size": 1536, "dim": 64, "dim_attn": 64, "dim_ffn": 128, "num_heads": 4, "num_layers": 2, "num_buckets": 32,
    "max_distance": 128, "text_len": TEXT_LEN, "shared_pos": False, "layernorm_eps": 1e-6,
}
IMAGE_ENCODER = {
    "image_size": 32, "patch_size": 8, "vision_dim": 64, "vision_mlp_ratio": 2, "vision_heads": 4, "vision_layers": 3,
    "norm_eps": 1e-5, "mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711],
}
BASE = {
    "model_type": "i2v", "patch_size": [1, 1, 1], "text_len": TEXT_LEN, "in_dim": 2 * LATENT + 4, "dim": 320, "ffn_dim": 640,
    "freq_dim": 64, "text_dim": 64, "out_dim": LATENT, "num_heads": 10, "num_layers": 4, "qk_norm": True,
    "cross_attn_norm": True, "eps": 1e-6, "layer_memory": "dynamic_router", "clip_dim": 64,
}
REFINER = dict(BASE, num_layers=2)
UPSAMPLER = {"latent_channels": LATENT, "mid_channels": 128, "num_blocks": 0, "norm_eps": 1e-8}
PIPELINE = {
    "name": "demo", "frames": 17, "frames_per_second": 12, "height": 512, "width": 512, "steps": 4, "guidance": 1.0, "shift": 3.0,
    "sampler": "EULER", "refiner_steps": 2, "refiner_shift": 3.0, "negative_prompt": "", "mask_low": 0.1, "mask_high": 0.9,
    "mask_error_max": 1.0,
}

# Phases: share of the run, side of the crops in pixels, frames, clips per step, rate at the start and at the end.
CPU = {
    "joint": {"steps": 5000, "phases": [(0.6, 128, 5, 4, 1e-3, 3.5e-4), (0.3, 256, 5, 1, 3.5e-4, 4e-5), (0.1, 256, 9, 1, 4e-5, 2e-5)]},
    "decoder": {"steps": 8000, "phases": [(0.4, 128, 5, 4, 3e-4, 2e-4), (0.6, 256, 5, 1, 2e-4, 1e-5)]},
    "encoded": {"clips": 320, "pairs": 64},
    "base": {"steps": 6000, "batch": 32, "rate": 1.5e-3, "hints": 0.2, "measure": 50},
    "refiner": {"steps": 5400, "batch": 8, "rate": 1e-3},
}
GPU = {
    "joint": {"steps": 12000, "phases": [(0.6, 128, 9, 16, 1.5e-3, 1e-3), (0.3, 256, 9, 8, 1e-3, 3e-4), (0.1, 512, 9, 2, 3e-4, 5e-5)]},
    "decoder": {"steps": 8000, "phases": [(0.5, 128, 9, 16, 1e-3, 6e-4), (0.3, 256, 17, 4, 6e-4, 2e-4), (0.2, 512, 17, 1, 2e-4, 2e-5)]},
    "encoded": {"clips": 4000, "pairs": 2000},
    "base": {"steps": 12000, "batch": 192, "rate": 1.5e-3, "hints": 0.2, "measure": 500},
    "refiner": {"steps": 5000, "batch": 32, "rate": 1.5e-3},
}
# A few steps of everything, to see that the whole runs.
SMOKE = {
    "joint": {"steps": 2, "phases": [(1, 64, 5, 1, 1e-3, 1e-3)]},
    "decoder": {"steps": 2, "phases": [(1, 64, 5, 1, 1e-3, 1e-3)]},
    "encoded": {"clips": 12, "pairs": 2},
    "base": {"steps": 20, "batch": 2, "rate": 1e-3, "hints": 0.2, "measure": 10},
    "refiner": {"steps": 2, "batch": 2, "rate": 1e-3},
}
RECIPES = {"cpu": CPU, "gpu": GPU, "smoke": SMOKE}
