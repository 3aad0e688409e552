"""Conversations as users write them, with the images that they show."""

from workbench.conversation._images import as_image, data_url, image_text, message_text, told_body
from workbench.conversation._reading import Prompt, Turn, as_messages

__all__ = ["Prompt", "Turn", "as_image", "as_messages", "data_url", "image_text", "message_text", "told_body"]
