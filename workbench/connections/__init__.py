"""The connections: which servers there are, under which names, and the models that can be asked on them."""

from workbench.connections._cassette import cassette
from workbench.connections._facts import facts
from workbench.connections._listing import models
from workbench.connections._manage import Steps, copy, create, delete, embed, load, loaded, pull, show, unload
from workbench.connections._names import model_names
from workbench.connections._overview import ModelState, Overview, ServerState, overview
from workbench.connections._places import named_place
from workbench.connections._registry import Connection, connect, connection, connections
from workbench.connections._telemetry import Receiver, deliver_traces
from workbench.connections._wait import aside, wait
from workbench.connections.asking._json_schema import check_schema, first_fault
from workbench.connections.asking._model import Model, model
from workbench.connections.asking._options import with_options
from workbench.connections.asking._schema import Schema, as_json_schema
from workbench.connections.asking._tools_seen import tools_seen
from workbench.connections.configuration._keys import KeyReference, is_reference
from workbench.connections.configuration._trust import (
    Claim,
    Trusted,
    claims,
    folders_file,
    forget,
    is_trusted,
    placed,
    trust,
    trusted,
)
from workbench.connections.permissions._audit import audit
from workbench.connections.permissions._policy import policy
from workbench.conversation import Prompt, as_messages

__all__ = [
    "Claim",
    "Connection",
    "KeyReference",
    "Model",
    "ModelState",
    "Overview",
    "Prompt",
    "Receiver",
    "Schema",
    "ServerState",
    "Steps",
    "Trusted",
    "as_json_schema",
    "as_messages",
    "aside",
    "audit",
    "cassette",
    "check_schema",
    "claims",
    "connect",
    "connection",
    "connections",
    "copy",
    "create",
    "delete",
    "deliver_traces",
    "embed",
    "facts",
    "first_fault",
    "folders_file",
    "forget",
    "is_reference",
    "is_trusted",
    "load",
    "loaded",
    "model",
    "model_names",
    "models",
    "named_place",
    "overview",
    "placed",
    "policy",
    "pull",
    "show",
    "tools_seen",
    "trust",
    "trusted",
    "unload",
    "wait",
    "with_options",
]
