"""What tools may do: a policy, and the word of a person or a function on each call."""

from workbench.agents.session.approval._approval import Approvals, Approve, approvals

__all__ = ["Approvals", "Approve", "approvals"]
