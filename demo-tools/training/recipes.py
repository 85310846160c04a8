"""Sizes of the demo model and how long each part trains, on a CPU and on a GPU."""
LATENT = 64
BLOCKS = ["ResBlock"] * 3 + ["EViTS5_GLU"] * 4
WIDTHS = [8, 16, 64, 64, 64, 128, 128]

AUTOENCODER = {
    "latent_channels": LATENT,
    "attention_dim": 16,
    "cross_dim": {"linear": 16, "softmax": 32},
    "temporal_factor": [2, 2, 1, 1, 1, 1],
    "feature_stages": [2, 3, 4, 5, 6],
    "encoder": {"width_list": WIDTHS, "depth_list": [0] * 7, "block_type": BLOCKS},
    "decoder": {"width_list": WIDTHS, "depth_list": [0] * 7, "block_type": BLOCKS, "time": "group",
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
    "model_type": "i2v", "patch_size": [1, 1, 1], "text_len": TEXT_LEN, "in_dim": 2 * LATENT + 4, "dim": 256, "ffn_dim": 512,
    "freq_dim": 64, "text_dim": 64, "out_dim": LATENT, "num_heads": 8, "num_layers": 4, "qk_norm": True,
    "cross_attn_norm": True, "eps": 1e-6, "layer_memory": "dynamic_router", "clip_dim": 64,
}
REFINER = dict(BASE, dim=192, ffn_dim=384, num_heads=6, num_layers=3)
UPSAMPLER = {"latent_channels": LATENT, "mid_channels": 64, "num_blocks": 0, "norm_eps": 1e-8}
PIPELINE = {
    "name": "demo", "frames": 17, "frames_per_second": 12, "height": 256, "width": 256, "steps": 12, "guidance": 2.0, "shift": 3.0,
    "sampler": "EULER", "refiner_steps": 4, "refiner_shift": 3.0, "negative_prompt": "", "mask_low": 0.1, "mask_high": 0.9,
    "mask_error_max": 1.0,
}

# Phases: share of the run, side of the crops in pixels, frames, clips per step, rate at the start and at the end.
CPU = {
    "pool": 400,
    "base": {"steps": 3000, "batch": 48, "rate": 1.5e-3, "hints": 0.2, "measure": 50},
    "refiner": {"steps": 800, "batch": 24, "rate": 1.5e-3},
    "thumbnails": {"steps": 2000, "batch": 4, "frames": 9, "rate": 5e-4},
    "autoencoder": {"steps": 6000, "phases": [(0.5, 64, 5, 4, 2.5e-3, 2e-3), (0.35, 128, 5, 1, 1.5e-3, 1e-3),
                                              (0.1, 128, 9, 1, 8e-4, 4e-4), (0.05, 256, 5, 1, 4e-4, 1e-4)]},
}
GPU = {
    "pool": 1000,
    "base": {"steps": 12000, "batch": 192, "rate": 1.5e-3, "hints": 0.2, "measure": 500},
    "refiner": {"steps": 5000, "batch": 64, "rate": 1.5e-3},
    "thumbnails": {"steps": 4000, "batch": 32, "frames": 17, "rate": 5e-4},
    "autoencoder": {"steps": 12000, "phases": [(0.3, 64, 5, 64, 2e-3, 2e-3), (0.4, 128, 9, 16, 1.5e-3, 1e-3),
                                               (0.2, 128, 17, 8, 1e-3, 3e-4), (0.1, 256, 17, 4, 3e-4, 5e-5)]},
}
# A few steps of everything, to see that the whole runs.
SMOKE = {
    "pool": 24,
    "base": {"steps": 20, "batch": 2, "rate": 1e-3, "hints": 0.2, "measure": 10},
    "refiner": {"steps": 2, "batch": 2, "rate": 1e-3},
    "thumbnails": {"steps": 2, "batch": 1, "frames": 9, "rate": 5e-4},
    "autoencoder": {"steps": 2, "phases": [(1, 64, 5, 1, 1e-3, 1e-3)]},
}
RECIPES = {"cpu": CPU, "gpu": GPU, "smoke": SMOKE}
