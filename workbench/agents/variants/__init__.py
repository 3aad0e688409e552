"""A team on other models, as candidates of a comparison; and what each of its agents did on which model."""

from workbench.agents.variants._roles import Answered, roles_of, swaps
from workbench.agents.variants._variants import variants

__all__ = ["Answered", "roles_of", "swaps", "variants"]
