"""The kinds of connections: one record for each says all in which it differs from the others."""

from workbench.connections.kinds._kinds import KINDS, kind_named
from workbench.connections.kinds._record import Api, Kind, Said

__all__ = ["KINDS", "Api", "Kind", "Said", "kind_named"]
