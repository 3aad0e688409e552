"""Every error that Workbench raises, as one family.

::

    WorkbenchError
    ├── UsageError                  what the caller wrote cannot work; nothing was sent
    │   ├── ConnectionUnknownError      no connection of this name
    │   ├── ConfigurationError          workbench.toml or an address is not usable
    │   │   └── UntrustedError              a folder's workbench.toml asks for what nobody has allowed yet
    │   ├── KeyReferenceError           a key reference (env:, keyring:) leads to nothing
    │   ├── PolicyError                 the policy does not allow this host
    │   ├── SkillError                  a folder holds no agent skills, or what is not to be used
    │   ├── PromptError                 empty prompts, half characters, a template that names a missing column
    │   └── UnsupportedError            the engine or model cannot do what was asked
    ├── JournalError                the file that keeps a comparison cannot be read or written
    ├── CassetteError               a file of recorded answers cannot be read or written
    │   └── CassetteMissError           what is asked was not recorded; nothing was sent
    ├── CrateError                  a file of a whole comparison is damaged, or not to be trusted
    ├── SessionFileError            a file of a conversation of agents cannot be read, written or trusted
    ├── VoteFileError               a file of votes cannot be read or written, or is not to be trusted
    ├── ToolFailedError             a tool of Workbench's could not do what an agent asked of it
    └── EngineError                 a server was asked, and no whole answer came
        ├── ExecutorError               the cluster that was to ask a server cannot
        ├── UnreachableError            nothing answers at the address
        ├── AddressError                something answers there, but not with this protocol
        ├── KeyRefusedError             the key is missing or wrong
        ├── ModelUnknownError           the server has no model of this name
        ├── ModelLoadingError           the model is not ready yet
        ├── ContextError                prompt and answer do not fit into the context
        ├── RequestRefusedError         the server refuses the request for another reason
        ├── RateLimitError              too many requests
        │   └── BudgetError                 the budget at the gateway is used up
        ├── ServerError                 the server failed
        ├── CircuitOpenError            the server failed again and again, and is left alone for a moment
        ├── DeadlineError               no answer within the time allowed
        ├── StreamError                 an answer began and broke off
        │   ├── StreamCutError              the connection ended in the middle
        │   ├── StreamGarbledError          the stream holds what cannot be read
        │   └── AnswerTooLongError          the answer, or one line of it, is longer than the limit
        ├── ToolChangedError            a tool is not any more what it was when it was offered
        └── SchemaError                 the answer does not fit the schema
            └── ToolCallError               the arguments of a tool call cannot be read

Each says in one line what happened, where, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    import pandas as pd


class Answered(Protocol):
    """What an error tells of the answer that had come until then: a `workbench.messages.Reply`."""

    @property
    def text(self) -> str:
        """The answer as far as it came."""
        ...


class Compared(Protocol):
    """What an error tells of the comparison that it ended: what `wb.compare` returns."""

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each cell."""
        ...


class WorkbenchError(Exception):
    """The root of the family.

    Args:
        what: What happened, a clause without a full stop.
        where: The place: an address, a file, a connection, a column.
        advice: What to do about it; none where `what` itself says what must be.

    >>> str(WorkbenchError("the file is not TOML", where="workbench.toml", advice="mend line 3"))
    'the file is not TOML (workbench.toml): mend line 3'
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what = what
        self.where = where
        self.advice = advice
        place = f" ({where})" if where else ""
        todo = f": {advice}" if advice else ""
        # What a file or a server is called is part of it, and may have line feeds.
        super().__init__(" ".join(f"{what}{place}{todo}".splitlines()))

    def anew(self, *, what: str = "", advice: str = "") -> Self:
        """Copy the error as another object, without the traceback of this one, and with other words if given.

        >>> WorkbenchError("no answer", where="gpu").anew(what="no answer (4 tries)", advice="wait")
        WorkbenchError('no answer (4 tries) (gpu): wait')
        """
        return type(self)(what or self.what, where=self.where, advice=advice or self.advice)


class UsageError(WorkbenchError):
    """What the caller wrote cannot work; nothing was sent to any server."""


class ConnectionUnknownError(UsageError):
    """No connection of this name is known."""


class ConfigurationError(UsageError):
    """`workbench.toml`, an environment variable or an address is not usable."""


class UntrustedError(ConfigurationError):
    """A folder's `workbench.toml` names hosts or keys, and nobody has trusted this file yet; nothing was sent."""


class KeyReferenceError(UsageError):
    """A key reference such as `env:GPU_KEY` leads to nothing, or is not a reference."""


class PolicyError(UsageError):
    """The policy of this machine, or `WORKBENCH_OFFLINE`, does not allow this host; nothing was sent."""


class SkillError(UsageError):
    """A folder holds no agent skills, or what it must not, such as a path that leads out of it."""


class PromptError(UsageError):
    """There is no prompt, it cannot be sent, or its template names a column that the table lacks."""


class UnsupportedError(UsageError):
    """The engine or the model cannot do what was asked."""


class JournalError(WorkbenchError):
    """The file that keeps a comparison's answers cannot be read or written.

    Args:
        what: What happened.
        where: The file.
        advice: What to do about it.
        run: What had been answered until then, with what could not be kept; None if nothing was asked yet.
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "", run: Compared | None = None) -> None:
        super().__init__(what, where=where, advice=advice)
        self.run = run


class CassetteError(WorkbenchError):
    """A file of recorded answers cannot be read or written."""


class CassetteMissError(CassetteError):
    """What is asked was not recorded, or not so often; nothing was sent."""


class CrateError(WorkbenchError):
    """A file is not a whole comparison, is damaged, or holds what it must not; nothing of it was opened."""


class SessionFileError(WorkbenchError):
    """A file of a conversation of agents cannot be written, or one is not usable: it is damaged, or of another team."""


class VoteFileError(WorkbenchError):
    """A file of people's votes cannot be read or written, is damaged, or holds what it must not; none of it is used."""


class ToolFailedError(WorkbenchError):
    """A tool of `wb.agents.tools` could not do what an agent asked of it, which the agent is told in these words."""


class EngineError(WorkbenchError):
    """A server was asked, and no whole answer came.

    Args:
        what: What happened.
        where: Connection and address of the server.
        advice: What to do about it.
        reply: What had been answered until then, or None.
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "", reply: Answered | None = None) -> None:
        super().__init__(what, where=where, advice=advice)
        self.reply = reply


class ExecutorError(EngineError):
    """The cluster that was to ask a server cannot."""


class UnreachableError(EngineError):
    """Nothing answers at the address."""


class AddressError(EngineError):
    """Something answers at the address, but not with the expected protocol (often a missing `/v1`)."""


class KeyRefusedError(EngineError):
    """The server asks for a key, or refuses the one it got."""


class ModelUnknownError(EngineError):
    """The server has no model of this name; the text offers the nearest names."""


class ModelLoadingError(EngineError):
    """The server is there, but the model is still being loaded."""


class ContextError(EngineError):
    """Prompt and answer together do not fit into the model's context."""


class RequestRefusedError(EngineError):
    """The server refuses the request for a reason of its own, which the text quotes."""


class RateLimitError(EngineError):
    """The server asks for fewer requests."""


class BudgetError(RateLimitError):
    """The budget that a gateway gives this key is used up."""


class ServerError(EngineError):
    """The server failed while it worked on the request."""


class CircuitOpenError(EngineError):
    """The server failed several times in a row, so for some seconds it is not asked; nothing was sent."""


class DeadlineError(EngineError):
    """No answer, or no next token, came within the time allowed."""


class StreamError(EngineError):
    """An answer began and broke off; `reply` holds what had come."""


class StreamCutError(StreamError):
    """The connection ended in the middle of an answer."""


class StreamGarbledError(StreamError):
    """The stream holds something that cannot be read."""


class ToolChangedError(EngineError):
    """A server's tool says something else of itself than when it was offered; it was not called."""


class SchemaError(EngineError):
    """The answer does not fit the schema; `reply` holds the answer."""


class ToolCallError(SchemaError, ValueError):
    """The arguments of a tool call are not JSON, or go beyond its limits; nothing was called."""


class AnswerTooLongError(StreamError):
    """The answer, or one line of it, is longer than the limit that the text names."""
