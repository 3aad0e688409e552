"""What one kind of connection has of its own: the record that is written for each engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from workbench.engines import Engine, OllamaModels, Place
from workbench.engines.sending._product import Server, identify
from workbench.model_info import Gauges, ModelFacts

Said = tuple[bool, str, str]
"""Whether a step of the doctor went well, what was seen, and what to do."""


async def _untold(_place: Place) -> Gauges | None:
    return None


async def _no_facts(_place: Place, _model: str) -> ModelFacts:
    return ModelFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """How a kind of server is spoken to over the network.

    Attributes:
        speaks: Asks a server whether it speaks this; where it does not, the advice is how to connect to it instead.
        models_path: Where its list of models is, below the address: the doctor tries the key there.
        product: Asks a server what it is, in which version.
        gauges: Asks a server how busy it is; None where it does not say.
        products: The products that `wb.connect()` finds on this machine, with the name that a connection to one gets.
        base_path: Where the API begins on those.
        slow_advice: What to do where other work on this machine slows the server down; without it, the doctor does not
            measure how fast the server writes.
    """

    speaks: Callable[[Place], Awaitable[Said]]
    models_path: str
    product: Callable[[Place], Awaitable[Server]] = identify
    gauges: Callable[[Place], Awaitable[Gauges | None]] = _untold
    products: Mapping[str, str] = field(default_factory=dict)
    base_path: str = ""
    slow_advice: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of connection.

    Attributes:
        name: What is written as `kind`.
        engine: Makes the engine for a place, from the settings `requests` and `threads`. The place's address is that
            of the server, or for an engine in this process the path of a file, "" for none.
        requests: How many requests are kept in flight where nobody says how many the server takes.
        api: How the server is spoken to; None for an engine in this process, which needs no address.
        product: What an engine in this process is; a server is asked for it.
        facts: Tells what a model's answers depend on beside the question.
        refused: Settings that this kind does not have, each with what to do instead.
        models: Makes what fetches, loads and deletes the models of a server; None where nothing does from here.
        instead: How its models are changed where nothing does from here.
    """

    name: str
    engine: Callable[[Place, int | None, int | None], Engine]
    requests: int = 1
    api: Api | None = None
    product: Server = field(default_factory=Server)
    facts: Callable[[Place, str], Awaitable[ModelFacts]] = _no_facts
    refused: Mapping[str, str] = field(default_factory=dict)
    models: Callable[[Place], OllamaModels] | None = None
    instead: str = ""
