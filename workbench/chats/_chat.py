"""A chat: what is said to its models, taken back to an earlier turn, and taken on elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pandas as pd

from workbench.arguments import as_kind, as_name, as_python, as_text, as_whole, shown
from workbench.chats._asking import ask
from workbench.chats._frames import answers_frame, branches_frame
from workbench.chats._members import Members, members
from workbench.chats._turns import Answer, Branch, Turn, messages_of, to_answer, way_to
from workbench.connections import Model
from workbench.errors import PromptError, UsageError
from workbench.messages import Message

Compare = Callable[..., Awaitable[Any]]


class Chat:
    """A conversation with one model, or with several that are told the same and answer each in a history of its own.

    Every function works between cells and while one runs. Made with `wb.chat`.

    Args:
        models: The models.
        compare: What a branch is compared with: `wb.compare`.
        system: System message for those that have none of their own.
        options: `schema` and fields of `Options`, for all.

    Raises:
        UsageError: If it cannot be talked to these models so; nothing was sent.
    """

    def __init__(self, models: Members, compare: Compare, *, system: str | None = None, **options: Any) -> None:
        self._models = members(models, system, options)
        self._compare = compare
        self._system = system
        self._options = options
        self._branch = Branch("1", None)
        self._branches = [self._branch]
        self._turns: list[Turn] = []
        self._works: set[asyncio.Task[None]] = set()
        self._watchers: list[Callable[[], object]] = []

    def __repr__(self) -> str:
        turns = len(self.turns)
        counted = f"{turns} turn{'' if turns == 1 else 's'}"
        return f"Chat with {', '.join(self.labels)}: {counted}, branch {self.branch_name} of {self.branch_count}"

    @property
    def labels(self) -> list[str]:
        """The names of the models, as views and tables show them."""
        return [one.label for one in self._models]

    @property
    def turns(self) -> list[Turn]:
        """What was said in the current branch, each turn with its answers."""
        return way_to(self._branch.last)

    @property
    def busy(self) -> bool:
        """Whether a model answers."""
        return bool(self._works)

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each turn of the current branch, each model, and each time that it was asked."""
        return answers_frame(self.turns)

    @property
    def branches(self) -> pd.DataFrame:
        """A row for each branch: its name, how many turns it has, and what was said last."""
        return branches_frame(self._branches, self._branch)

    @property
    def branch_name(self) -> str:
        """The name of the current branch."""
        return self._branch.name

    @property
    def branch_count(self) -> int:
        """How many branches there are."""
        return len(self._branches)

    async def say(self, text: str) -> list[Answer]:
        """Say something to all models, and wait for their answers.

        Args:
            text: What is said.

        Returns:
            The answer of each model; one that failed or was stopped says so. Where the wait is interrupted, the answers
            stop, and what came of them is kept.

        Raises:
            PromptError: If it is empty, or cannot be sent.
            UsageError: If the models still answer.
        """
        turn = self._next(text, self._branch.last)
        self._branch.last = turn
        return await self._answers(turn)

    async def edit(self, turn: int, text: str, *, name: str | None = None) -> list[Answer]:
        """Say something else in an earlier turn, in a new branch; the old one stays as it is.

        Args:
            turn: Number of the turn in the current branch, from 1; -1 is the last.
            text: What is said instead.
            name: Name of the new branch; None counts on.

        Returns:
            The answer of each model, as `say` does.

        Raises:
            PromptError: If it is empty, or cannot be sent.
            UsageError: If there is no such turn, the name is taken, or the models still answer.
        """
        old = self._turn(turn)
        named = str(len(self._branches) + 1) if name is None else as_text("name=", name)
        if named in (one.name for one in self._branches):
            raise UsageError(f"there is a branch {named!r} already", advice="give another name")
        fresh = self._next(text, old.before)
        self._branch = Branch(named, fresh)
        self._branches.append(self._branch)
        return await self._answers(fresh)

    async def again(self) -> list[Answer]:
        """Ask those models again whose answers to the last turn failed or were stopped.

        Returns:
            The answer of each model. What came of an answer before is still in `frame`.

        Raises:
            UsageError: If nothing was said, or the models still answer.
        """
        self._check_rest()
        turn = self._turn(-1)
        for model, tries in zip(self._models, turn.tries, strict=True):
            if tries[-1].status in ("failed", "stopped"):
                tries.append(Answer(model.label))
        return await self._answers(turn)

    def stop(self) -> None:
        """End all answers that are coming; what came of them is kept."""
        for work in list(self._works):
            work.get_loop().call_soon_threadsafe(work.cancel)

    def branch(self, which: str | int) -> Chat:
        """Go over to another branch, which `say` then goes on with.

        Args:
            which: Its name, or its number from 1.

        Returns:
            This chat.

        Raises:
            UsageError: If there is no such branch.
        """
        which = as_python(which)
        if not isinstance(which, str | int):
            raise UsageError(f"which= must be a branch's name or number, not {shown(which)}")
        numbered = isinstance(which, int) and not isinstance(which, bool) and 0 < which <= len(self._branches)
        found = next((one for one in self._branches if one.name == which), None)
        if found is None and numbered:
            found = self._branches[int(which) - 1]
        if found is None:
            names = ", ".join(repr(one.name) for one in self._branches)
            raise UsageError(f"there is no branch {shown(which)}", advice=f"there are {names}")
        self._branch = found
        self._tell()
        return self

    def ways(self, turn: Turn) -> list[Turn]:
        """All that was said in the place of a turn, it included, in the order in which it was said."""
        before = as_kind("turn", turn, Turn, "take it from chat.turns").before
        return [one for one in self._turns if one.before is before]

    def go(self, turn: Turn) -> None:
        """Go over to the newest branch that leads through a turn."""
        turn = as_kind("turn", turn, Turn, "take it from chat.turns")
        found = next((one for one in reversed(self._branches) if turn in way_to(one.last)), None)
        if found is None:
            raise UsageError("this turn is of another chat", advice="take it from chat.turns")
        self._branch = found
        self._tell()

    def messages(self, model: str | None = None) -> list[Message]:
        """The current branch as one of the models has it, in the form that `model.ask` takes.

        Args:
            model: The model's label; None takes the first.

        Raises:
            UsageError: If there is no such model.
        """
        place = self._place(model)
        return messages_of(self.turns, place, self._models[place].system)

    def as_prompt(self, model: str | None = None) -> list[Message]:
        """The current branch up to its last turn, as a prompt: `await wb.compare([chat.as_prompt()], models)`.

        Args:
            model: The model whose answers it holds, by its label; None takes the first.

        Raises:
            UsageError: If nothing was said, or there is no such model.
        """
        place = self._place(model)
        self._turn(-1)
        return to_answer(self.turns, place, self._models[place].system)

    async def compare(self, models: Members | None = None, *, answers_of: str | None = None, **how: Any) -> Any:
        """Ask models for an answer to the last turn, all with the same history, as a comparison.

        Args:
            models: The models; those that are named get the system message and the options of the chat. None takes the
                chat's own.
            answers_of: The model whose answers the history holds, by its label; None takes the first.
            how: As for `wb.compare`, such as `repeats`, `scorers` and `name`.

        Returns:
            The run, as `wb.compare` returns it.

        Raises:
            UsageError: If nothing was said, or it cannot be asked so.
        """
        place = self._place(answers_of)
        self._turn(-1)
        candidates = self._models if models is None else members(models, self._system, self._options)
        return await self._compare([to_answer(self.turns, place)], list(candidates), **how)

    def as_task(self, model: str | None = None) -> str | list[Any]:
        """The current branch up to its last turn, as a task of agents: `wb.agents.session(team, chat.as_task())`.

        Args:
            model: The model whose answers it holds, by its label; None takes the first.

        Returns:
            The text of a branch of one turn; else AutoGen's messages, of the sources "user" and "assistant". The system
            message is left out, as agents have their own.

        Raises:
            UsageError: If nothing was said, or there is no such model.
        """
        place = self._place(model)
        self._turn(-1)
        said = to_answer(self.turns, place)
        if len(said) == 1:
            return said[0].content
        from autogen_agentchat.messages import TextMessage  # takes a second, and few chats become a task

        return [TextMessage(content=one.content, source=one.role) for one in said]

    def watch(self, changed: Callable[[], object]) -> Callable[[], None]:
        """Call `changed` after every change; give what ends that."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    async def _answers(self, turn: Turn) -> list[Answer]:
        """Ask for all answers to a turn that wait."""
        history = way_to(turn)
        works = [
            self._begun(model, to_answer(history, place), answer)
            for place, (model, answer) in enumerate(zip(self._models, turn.answers, strict=True))
            if answer.status == "waiting"
        ]
        self._tell()
        await asyncio.gather(*works)
        return turn.answers

    def _begun(self, model: Model, messages: Sequence[Message], answer: Answer) -> asyncio.Task[None]:
        """Begin to ask for an answer."""
        work = asyncio.create_task(ask(model, messages, answer, self._tell))

        def ended(_work: object) -> None:
            self._works.discard(work)
            if answer.status == "waiting":  # it was stopped before it had begun
                answer.status = "stopped"
            self._tell()

        self._works.add(work)
        work.add_done_callback(ended)
        return work

    def _next(self, text: str, before: Turn | None) -> Turn:
        """A new turn that waits for its answers."""
        self._check_rest()
        text = as_text("what is said", text)
        if not text.strip():
            raise PromptError("what is said is empty", advice="write what is to be answered")
        turn = Turn(len(self._turns) + 1, text, before, [[Answer(label)] for label in self.labels])
        self._turns.append(turn)
        return turn

    def _check_rest(self) -> None:
        if self.busy:
            raise UsageError("the models still answer", advice="wait for them, or end that with chat.stop()")

    def _turn(self, number: int) -> Turn:
        turns = self.turns
        if not turns:
            raise UsageError("nothing was said yet", advice='begin with await chat.say("…")')
        place = as_whole("turn=", number, -len(turns), len(turns))
        if place == 0:
            raise UsageError("turns are counted from 1", advice="-1 is the last")
        return turns[place - 1 if place > 0 else place]

    def _place(self, label: str | None) -> int:
        if label is None:
            return 0
        if as_name("model=", label) not in self.labels:
            raise UsageError(f"no model {shown(label)} takes part", advice=f"there are {', '.join(self.labels)}")
        return self.labels.index(label)

    def _tell(self) -> None:
        for changed in list(self._watchers):
            changed()
