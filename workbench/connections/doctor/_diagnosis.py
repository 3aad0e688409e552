"""What the doctor found, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pandas as pd

from workbench.model_info import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on the way to a server.

    Attributes:
        name: "settings", "policy", "name", "port", "TLS", "path", "key", "health", "cloud", "models", "token" or
            "speed".
        passed: Whether it went well.
        said: What was seen.
        advice: What to do; "" where nothing is to be done.
        seconds: How long it took.
    """

    name: str
    passed: bool
    said: str
    advice: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a model does or does not do.

    Attributes:
        name: The field of `Capabilities` that it fills.
        works: Whether it does; None where that could not be found out.
        said: What was seen.
        advice: What to do to have it; "" where nothing is to be done.
        value: For the context its length, in tokens.
        seconds: How long it took to find out.
    """

    name: str
    works: bool | None
    said: str
    advice: str = ""
    value: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the doctor found of one model on one server.

    Attributes:
        connection: Name of the connection.
        address: Where the server is.
        model: "connection/model"; "" where none was reached.
        server: The product and its version, as the server says.
        digest: Fingerprint of the model, where the server tells.
        steps: The way to the server; it ends at the first step that failed.
        findings: What the model does.
        found_at: When it was found, in UTC.
        notes: What else is worth knowing, one line each.

    >>> Diagnosis(connection="gpu", address="http://127.0.0.1:9", model="").reached
    False
    """

    connection: str
    address: str
    model: str
    server: str = ""
    digest: str = ""
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    found_at: str = ""
    notes: tuple[str, ...] = ()

    @property
    def reached(self) -> bool:
        """Whether all steps went well, so that the model has answered."""
        return bool(self.model and self.steps) and all(step.passed for step in self.steps)

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do, as found."""
        found = {finding.name: finding.works for finding in self.findings if finding.name != "context"}
        context = next((finding.value for finding in self.findings if finding.name == "context"), None)
        return Capabilities(chat=self.reached or None, context=context, **found)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do, one line each, without repetition."""
        lines = [*(step.advice for step in self.steps), *(finding.advice for finding in self.findings), *self.notes]
        return tuple(dict.fromkeys(line for line in lines if line))

    @property
    def frame(self) -> pd.DataFrame:
        """Steps and findings as a table: part, name, works, said, advice, seconds."""
        rows: list[tuple[str, str, bool | None, str, str, float]]
        rows = [("step", step.name, step.passed, step.said, step.advice, step.seconds) for step in self.steps]
        rows += [("model", one.name, one.works, one.said, one.advice, one.seconds) for one in self.findings]
        columns = ["part", "name", "works", "said", "advice", "seconds"]
        return pd.DataFrame(rows, columns=columns).astype({"works": "boolean", "seconds": "Float64"})

    @property
    def model_info(self) -> dict[str, Any]:
        """What AutoGen's own clients want to be told of the model as `model_info`.

        >>> Diagnosis(connection="gpu", address="", model="").model_info["family"]
        'unknown'
        """
        found = self.capabilities
        return {
            "vision": found.vision is True,
            "function_calling": found.tools is True and found.tools_seen is not False,
            "json_output": found.schema is True,
            "structured_output": found.schema is True,
            "family": "unknown",
        }

    @property
    def json(self) -> str:
        """All of it as JSON."""
        return msgspec.json.format(msgspec.json.encode(self)).decode()

    def __repr__(self) -> str:
        if not self.reached:
            failed = next((step for step in self.steps if not step.passed), None)
            return f"{self.connection}: {failed.name}: {failed.said}" if failed else f"{self.connection}: not examined"
        works = sum(finding.works is True for finding in self.findings)
        return f"{self.model} on {self.server}: {works} of {len(self.findings)} work"
