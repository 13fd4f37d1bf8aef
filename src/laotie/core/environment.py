"""Reads settings from environment variables and refuses values it does not understand."""

import os
from pathlib import Path


class BadSetting(ValueError):
    """An environment variable holds something its setting cannot be."""


def env_text(name: str, default: str = "") -> str:
    """Return the variable's text, or the default when unset or empty."""
    return os.environ.get(name, "") or default


def env_flag(name: str, *, default: bool) -> bool:
    """Return True for "true" and False for "false"; anything else is refused."""
    found = os.environ.get(name, "")
    if not found:
        return default
    if found.lower() not in {"true", "false"}:
        raise BadSetting(f"{name} must be true or false, not {found!r}.")
    return found.lower() == "true"


def env_number(name: str, default: int, *, least: int, most: int) -> int:
    """Return the variable as a whole number within its bounds."""
    found = os.environ.get(name, "")
    if not found:
        return default
    if not found.isdecimal() or not least <= int(found) <= most:
        raise BadSetting(f"{name} must be a whole number from {least} to {most}, not {found!r}.")
    return int(found)


def env_path(name: str, default: Path) -> Path:
    """Return the variable as an absolute path."""
    return Path(os.environ.get(name, "") or default).expanduser().resolve()
