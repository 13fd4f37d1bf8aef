"""Documents that can rot: what they name exists, and what exists is named."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from laotie.core.errors import DomainError
from laotie.core.rules import REGISTRY
from laotie.events.registry import EVENTS
from laotie.main.subscriptions import SUBSCRIPTIONS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "laotie"
MODULES = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *SOURCE.glob("*/README.md")]
    if "node_modules" not in path.parts
)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_card_and_stands_on_the_map(module: str) -> None:
    card = (SOURCE / module / "README.md").read_text()
    assert card.startswith(f"# {module}")
    assert f"`{module}`" in (ROOT / "docs" / "MAP.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_setting_is_documented() -> None:
    code = "\n".join(path.read_text() for path in SOURCE.rglob("*.py") if "tests" not in path.parts)
    named = set(re.findall(r'"(LAOTIE_[A-Z_]+|DATABASE_URL)"', code))
    described = (ROOT / "docs" / "settings.md").read_text()
    assert sorted(name for name in named if f"`{name}`" not in described) == []


def test_every_make_target_tells_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = re.search(r"\.PHONY: (.*)", makefile)
    assert named is not None
    undocumented = [
        target for target in named.group(1).split() if not re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)
    ]
    assert undocumented == ["help"]


def test_every_event_stands_in_its_publishers_card() -> None:
    missing = [
        event.__name__
        for name, event in EVENTS.items()
        if event.__name__ not in (SOURCE / name.split(".")[0] / "README.md").read_text()
    ]
    assert missing == []


def test_every_subscriber_stands_in_its_modules_card() -> None:
    missing = [
        entry.subscriber
        for entry in SUBSCRIPTIONS
        if entry.subscriber not in (SOURCE / entry.subscriber.split(".")[0] / "README.md").read_text()
    ]
    assert missing == []


def test_the_schemas_of_events_are_the_committed_ones() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/events.py", "--check"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_refusal_has_a_sentence_and_a_status_below_500() -> None:
    wrong = [
        error.code() for error in _refusals(DomainError) if not error.sentence or not 400 <= error.status < 500
    ]
    assert wrong == []


def test_every_rule_tells_where_it_comes_from() -> None:
    shipped = [rule for rule in REGISTRY.values() if not rule.key.startswith("sample.")]
    assert [rule.key for rule in shipped if not rule.basis or not rule.explanation] == []


def _refusals(base: type[DomainError]) -> list[type[DomainError]]:
    return [found for child in base.__subclasses__() for found in (child, *_refusals(child))]
