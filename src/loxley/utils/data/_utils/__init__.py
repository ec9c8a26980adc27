"""What DataLoader is made of: collation, fetching, worker processes and their channels."""

from __future__ import annotations

from . import collate, fetch, worker

# Seconds between two looks at whether the other side is still there.
MP_STATUS_CHECK_INTERVAL = worker.MP_STATUS_CHECK_INTERVAL

__all__ = ["MP_STATUS_CHECK_INTERVAL", "collate", "fetch", "worker"]
