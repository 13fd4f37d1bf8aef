"""The sandbox carrier (沙箱速递): its parcels travel in minutes, and some do not arrive.

By the last digit of the tracking number: 7 is slow and scanned out of order, 8 is lost, 9 is sent back; any other is
delivered.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from laotie.orders.states import ScanKind

SANDBOX_CARRIER = "沙箱速递"


@dataclass(frozen=True, slots=True)
class PlannedScan:
    """A scan to be sent after a delay; `happened_before` is how long before it was sent it happened."""

    kind: ScanKind
    delay_seconds: int
    happened_before: timedelta = timedelta(0)


def plan_scans(tracking_number: str) -> tuple[PlannedScan, ...]:
    """Return what the sandbox tells of a parcel, in the order the callbacks leave."""
    picked_up, moving = PlannedScan(ScanKind.PICKED_UP, 5), PlannedScan(ScanKind.IN_TRANSIT, 20)
    ending = tracking_number[-1:]
    if ending == "7":
        late = PlannedScan(ScanKind.IN_TRANSIT, 300, timedelta(minutes=4))
        return (picked_up, PlannedScan(ScanKind.DELIVERED, 240), late)
    if ending == "8":
        return (picked_up, moving, PlannedScan(ScanKind.LOST, 60))
    if ending == "9":
        return (picked_up, moving, PlannedScan(ScanKind.RETURNED, 90))
    return (picked_up, moving, PlannedScan(ScanKind.DELIVERED, 60))


def scan_body(*, tracking_number: str, planned: PlannedScan, sent_at: datetime) -> bytes:
    """Return the body of a callback as the sandbox's carrier sends it."""
    at = sent_at - planned.happened_before
    scan = {
        "id": f"{tracking_number}-{planned.kind}",
        "kind": planned.kind,
        "at": at.isoformat(),
        "place": "义乌转运中心",
    }
    return json.dumps({"tracking_number": tracking_number, "scans": [scan]}, ensure_ascii=False).encode()
