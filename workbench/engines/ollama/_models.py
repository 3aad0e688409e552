"""Managing the models of an Ollama server: fetch, make, show, load, unload, copy, delete, publish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pydantic

from workbench.engines.ollama._client import client, looked_up, offering, with_own_errors
from workbench.engines.ollama._engine import OllamaEngine, shown_capabilities
from workbench.engines.ollama._modelfile import Modelfile, parameter, read_modelfile, shown_parameters, shown_system
from workbench.engines.ollama._package import ollama
from workbench.engines.ollama._registry import explained, registry_address
from workbench.engines.ollama._upload import digest_of, upload
from workbench.engines.wire._place import Place
from workbench.errors import EngineError, ModelUnknownError, RequestRefusedError, UsageError
from workbench.model_info import LoadedModel, ModelDetails, Progress

_UNLOAD_LOOKS = 50
_UNLOAD_LOOK_S = 0.1

Steps = AsyncGenerator[Progress, None]


class _Version(pydantic.BaseModel):
    version: str


class OllamaModels:
    """The models of an Ollama server, to be managed.

    Args:
        place: The server; its address has no path.

    >>> OllamaModels(Place("ollama", "http://127.0.0.1:11434"))
    OllamaModels(ollama, http://127.0.0.1:11434)
    """

    def __init__(self, place: Place) -> None:
        self._place = replace(place, product="Ollama")

    def __repr__(self) -> str:
        return f"OllamaModels({self._place})"

    async def version(self) -> str:
        """Return the server's version. Raises an EngineError."""
        return (await looked_up(self._place, "/api/version", _Version)).version

    def pull(self, name: str, *, insecure: bool = False) -> Steps:
        """Fetch a model from a registry; closing the generator cancels, and pulling again goes on from there.

        Args:
            name: The model, for another registry than Ollama's own with its host: `host:port/space/model:tag`.
            insecure: Whether the registry may be reached without TLS.

        Yields:
            How far it is; the last step's status is "success".

        Raises:
            PolicyError: If the policy does not allow the registry's host.
            EngineError: If the server or the registry fails.
        """
        self._place.gate.admit(registry_address(name))
        return self._steps(lambda asked: asked.pull(name, insecure=insecure, stream=True), name)

    def push(self, name: str, *, insecure: bool = False) -> Steps:
        """Publish a model in the registry that its name begins with; arguments and errors as for `pull`."""
        self._place.gate.admit(registry_address(name))
        return self._steps(lambda asked: asked.push(name, insecure=insecure, stream=True), name)

    async def create(
        self,
        name: str,
        *,
        file: Path | None = None,
        base: str | None = None,
        modelfile: str | None = None,
        adapter: Path | None = None,
        template: str | None = None,
        system: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        quantize: str | None = None,
    ) -> Steps:
        """Make a model from a file, from another model, or from a Modelfile; one of the same name is replaced.

        Args:
            name: The new model's name.
            file: A GGUF file on this machine, which is sent to the server unless it has it already.
            base: A model on the server.
            modelfile: Text of a Modelfile, which then says all the rest. Its FROM names a model or a file.
            adapter: A GGUF file with an adapter (LoRA).
            template: How messages become a prompt, in Go's template language.
            system: System message of every chat.
            parameters: Options of every answer by Ollama's names, such as `num_ctx` or `temperature`.
            quantize: Kind of weights that 16-bit ones are turned into, such as "q4_K_M".

        Yields:
            How far it is; the last step's status is "success".

        Raises:
            UsageError: If not exactly one of file, base and modelfile is given, or what is given cannot be used.
            EngineError: If the server fails, or has no model `base`.
        """
        given = {"adapter": adapter, "template": template, "system": system, "parameters": parameters}
        _check_sources(file, base, modelfile, given)
        if modelfile is not None:
            recipe = read_modelfile(modelfile)
            source = _file(recipe.base)
        else:
            checked = {key: _parameter(key, value) for key, value in (parameters or {}).items()}
            adapters = (str(adapter),) if adapter is not None else ()
            recipe = Modelfile(base=base or "", adapters=adapters, template=template, system=system, parameters=checked)
            source = file
        if source is None:
            await self.show(recipe.base)  # the server would fetch a base that is missing, unasked
        files = {path.name: (path, await digest_of(path)) for path in ([] if source is None else [source])}
        extra = {path.name: (path, await digest_of(path)) for path in map(_adapter, recipe.adapters)}
        for path, digest in [*files.values(), *extra.values()]:
            async with aclosing(upload(self._place, path, digest)) as uploading:
                async for step in uploading:
                    yield step

        def begin(asked: ollama.AsyncClient) -> Awaitable[AsyncIterator[ollama.ProgressResponse]]:
            return asked.create(
                name,
                from_=None if files else recipe.base,
                files={label: digest for label, (_, digest) in files.items()} or None,
                adapters={label: digest for label, (_, digest) in extra.items()} or None,
                template=recipe.template,
                system=recipe.system,
                parameters=recipe.parameters or None,
                messages=[{"role": role, "content": content} for role, content in recipe.messages] or None,
                license=list(recipe.licenses) or None,
                quantize=quantize,
                stream=True,
            )

        async with aclosing(self._steps(begin, name)) as steps:
            async for step in steps:
                yield step

    async def loaded(self) -> list[LoadedModel]:
        """List the models that are in memory now. Raises an EngineError."""
        return await OllamaEngine(self._place).loaded()

    async def show(self, name: str) -> ModelDetails:
        """Return all that the server tells of a model. Raises an EngineError."""
        asked = looked_up(self._place, "/api/show", ollama.ShowResponse, {"model": name})
        shown = await self._about(name, asked)
        listed = await looked_up(self._place, "/api/tags", ollama.ListResponse)
        digests = {entry.model: entry.digest or "" for entry in listed.models}
        return _details(name, digests.get(_tagged(name), ""), shown)

    async def load(self, name: str, *, keep_alive: float | str | None = None, context: int | None = None) -> None:
        """Load a model into memory, and wait until it is there.

        Args:
            name: The model.
            keep_alive: How long it stays unused, in seconds or as "10m"; -1 keeps it for ever, None leaves it to the
                server.
            context: Length of the context to load it with, in tokens.

        Raises:
            EngineError: If it cannot be loaded.
        """
        options = {"num_ctx": context} if context is not None else None
        async with client(self._place, None) as asked:
            try:
                await self._about(name, asked.generate(name, keep_alive=keep_alive, options=options))
            except RequestRefusedError as error:
                if "does not support generate" not in str(error):
                    raise
                await self._about(name, asked.embed(name, [], keep_alive=keep_alive, options=options))

    async def unload(self, name: str) -> None:
        """Take a model out of memory, and wait some seconds for it; it stays while it answers. Raises EngineError."""
        async with client(self._place, None) as asked:
            await self._about(name, asked.generate(name, keep_alive=0))
        for _ in range(_UNLOAD_LOOKS):
            if all(model.name != _tagged(name) for model in await self.loaded()):
                break
            await asyncio.sleep(_UNLOAD_LOOK_S)

    async def copy(self, name: str, new: str) -> None:
        """Give a model a second name; another model of that name is replaced. Raises an EngineError."""
        async with client(self._place) as asked:
            await self._about(name, asked.copy(name, new))

    async def delete(self, name: str) -> None:
        """Delete a model, with those of its files that no other model needs. Raises an EngineError."""
        # One that was deleted stays in memory, and nobody could unload it any more.
        if any(model.name == _tagged(name) for model in await self.loaded()):
            await self.unload(name)
        async with client(self._place) as asked:
            await self._about(name, asked.delete(name))

    async def _about(self, name: str, call: Awaitable[Any]) -> Any:
        """The result of a call about a model, offering other names where there is none of this name."""
        try:
            return await with_own_errors(self._place, call, name)
        except ModelUnknownError as error:
            raise await offering(self._place, error, name) from None

    async def _steps(self, begin: Callable[[ollama.AsyncClient], Awaitable[Any]], name: str) -> Steps:
        place, status, begun = self._place, "", False
        parts: dict[str, Progress] = {}
        async with client(place, None) as asked:
            lines = cast("AsyncGenerator[ollama.ProgressResponse, None]", await begin(asked))
            try:
                while (step := await self._step(lines, name, begun=begun)) is not None:
                    status, begun = step.status or status, True
                    found = Progress(status, step.digest or "", step.completed or 0, step.total)
                    if found.digest:
                        parts[found.digest] = found
                    else:  # all parts are there by then, which some versions do not tell of the last bytes
                        for part in _finished(parts):
                            yield part
                    yield found
            finally:
                await lines.aclose()
        if status != "success":
            raise explained(place, None, name)

    async def _step(self, lines: AsyncIterator[Any], name: str, *, begun: bool) -> ollama.ProgressResponse | None:
        try:
            return await with_own_errors(self._place, anext(lines, None), name, begun=begun)
        except EngineError as error:
            raise explained(self._place, error, name) from None


def _finished(parts: dict[str, Progress]) -> list[Progress]:
    """The ends of the parts that were not told to their end; they are told once."""
    ends = [replace(part, completed_bytes=part.total_bytes) for part in parts.values() if part.total_bytes is not None]
    ends = [end for end in ends if end != parts[end.digest]]
    parts.clear()
    return ends


def _check_sources(file: Path | None, base: str | None, modelfile: str | None, given: Mapping[str, object]) -> None:
    if sum(source is not None for source in (file, base, modelfile)) != 1:
        raise UsageError(
            "a model must be made from one thing", advice="give exactly one of file=, base= and modelfile="
        )
    if modelfile is not None and (further := [name for name, value in given.items() if value is not None]):
        raise UsageError("modelfile= must be given alone", advice=f"write {', '.join(further)} into it")


def _parameter(name: str, value: object) -> Any:
    values = [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]
    return parameter(name, values, "parameters=")


def _file(start: str) -> Path | None:
    """The file that FROM names; None where it names a model. Raises UsageError where the file is not there."""
    path = Path(start).expanduser()
    if path.exists():
        return path
    if start.startswith((".", "/", "~")) or path.suffix == ".gguf":
        raise UsageError("there is no such model file", where=start, advice="check the path")
    return None


def _adapter(named: str) -> Path:
    return Path(named).expanduser()


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _details(name: str, digest: str, shown: ollama.ShowResponse) -> ModelDetails:
    details = shown.details
    return ModelDetails(
        name=name,
        digest=digest,
        families=tuple(details.families or ()) if details else (),
        weights=(details.parameter_size or "") if details else "",
        quantization=(details.quantization_level or "") if details else "",
        parameters=shown_parameters(shown.parameters or ""),
        template=shown.template or "",
        system=shown_system(shown.modelfile or ""),
        license=next((line.strip() for line in (shown.license or "").splitlines() if line.strip()), ""),
        capabilities=shown_capabilities(shown),
    )
