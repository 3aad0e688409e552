"""Images only for models that take them: told before anything is sent, where that is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from workbench.errors import UnsupportedError
from workbench.messages import Message
from workbench.model_info import Capabilities


async def check_images(
    messages: Sequence[Message], capabilities: Callable[[], Awaitable[Capabilities]], model: str
) -> None:
    """Refuse images that a model is known not to take; where nobody knows, its server says so itself.

    Args:
        messages: The conversation.
        capabilities: Says what the model can do; only asked where there are images.
        model: Name of the model, for the error.

    Raises:
        UnsupportedError: If it takes none.
    """
    if any(message.images for message in messages) and (await capabilities()).vision is False:
        raise UnsupportedError(
            "this model takes no images",
            where=model,
            advice="ask one that does, as the column vision of wb.models() tells, or describe the image",
        )
