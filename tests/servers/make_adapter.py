"""Make a LoRA adapter of a model with chance weights, which changes what it answers. Run with vLLM's environment."""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file

RANK = 8
# Large enough that the answers differ from the model's own.
SPREAD = 0.2


def make(model: pathlib.Path, target: pathlib.Path) -> None:
    """Write an adapter of the attention's queries of the model in `model` into the folder `target`."""
    config = json.loads((model / "config.json").read_text())
    width = config["hidden_size"]
    torch.manual_seed(0)
    weights = {}
    for layer in range(config["num_hidden_layers"]):
        name = f"base_model.model.model.layers.{layer}.self_attn.q_proj"
        weights[f"{name}.lora_A.weight"] = torch.randn(RANK, width, dtype=torch.bfloat16) * SPREAD
        weights[f"{name}.lora_B.weight"] = torch.randn(width, RANK, dtype=torch.bfloat16) * SPREAD
    target.mkdir(parents=True, exist_ok=True)
    save_file(weights, target / "adapter_model.safetensors")
    settings = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(model),
        "r": RANK,
        "lora_alpha": RANK,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": ["q_proj"],
    }
    (target / "adapter_config.json").write_text(json.dumps(settings))


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
