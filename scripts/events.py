"""Writes docs/events/*.json, the JSON schema of every event, or with --check compares them with the code."""

import json
import os
import sys
from pathlib import Path

import django
from pydantic import TypeAdapter

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "events"


def main() -> None:
    """Write or check the schemas."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laotie.main.settings")
    django.setup()
    from laotie.events.registry import EVENTS  # noqa: PLC0415 - after Django is set up

    schemas = {f"{name}.json": _schema(event) for name, event in EVENTS.items()}
    if "--check" in sys.argv:
        wrong = [name for name, text in schemas.items() if _kept(name) != text]
        wrong += [path.name for path in FOLDER.glob("*.json") if path.name not in schemas]
        if wrong:
            sys.exit(f"Event schemas differ from docs/events: {', '.join(sorted(wrong))}")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in schemas.items():
        (FOLDER / name).write_text(text)


def _schema(event: type) -> str:
    return json.dumps(TypeAdapter(event).json_schema(), indent=2, ensure_ascii=False) + "\n"


def _kept(name: str) -> str:
    path = FOLDER / name
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    main()
