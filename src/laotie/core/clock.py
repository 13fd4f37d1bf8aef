"""The time, and the platform's days.

Operations take `now` as an argument; only the outermost layer (HTTP, jobs, commands) asks here.
Times are UTC; the platform's time zone (`LAOTIE_TIME_ZONE`) decides where a day begins.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def platform_zone() -> ZoneInfo:
    """Return the platform's time zone."""
    return ZoneInfo(settings.TIME_ZONE)


def day_of(moment: datetime) -> date:
    """Return the platform's calendar day of a moment."""
    return moment.astimezone(platform_zone()).date()


def start_of_day(day: date) -> datetime:
    """Return the first moment of a platform day, in UTC."""
    return datetime.combine(day, time.min, platform_zone()).astimezone(UTC)


def start_of_next_day(moment: datetime) -> datetime:
    """Return 00:00 of the platform day after `moment`, in UTC."""
    return start_of_day(day_of(moment) + timedelta(days=1))
