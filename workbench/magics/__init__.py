"""What `%load_ext workbench` brings: `%%ask` and `%%compare` for cells, `%models` and `%doctor` for lines."""

from workbench.magics._magics import load

__all__ = ["load"]
