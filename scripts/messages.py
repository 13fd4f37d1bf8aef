"""Collects the sentences of code and templates into the translation catalogues, checks and compiles them.

Works without GNU gettext: Python is read with `ast`, templates with Django's own lexer, catalogues with polib.
A library's sentence is collected only where its own catalogue has no Chinese for it, or where ours says it better.
"""

import argparse
import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
import polib
from django.conf import settings
from django.template.base import Lexer, Token, TokenType
from django.utils.translation.template import (
    block_re,
    constant_re,
    context_re,
    endblock_re,
    inline_re,
    plural_re,
)

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "laotie"
LOCALE = SOURCE / "web" / "locale"
CHINESE = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLURALS = {"zh_Hans": "nplurals=1; plural=0;", "en": "nplurals=2; plural=(n != 1);"}
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)[sd]")


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """A sentence to translate and the file it stands in."""

    text: str
    plural: str
    context: str
    file: str

    @property
    def key(self) -> tuple[str, str]:
        """What a catalogue looks it up by."""
        return (self.context, self.text)


def main() -> int:
    """Do what the arguments say and return the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="exit 1 when a sentence has no Chinese")
    arguments.add_argument("--compile", action="store_true", help="write the .mo files")
    arguments.add_argument("--merge", nargs="+", metavar="PO", help="take Chinese sentences from these files")
    chosen = arguments.parse_args()
    settings.configure()
    django.setup()
    if chosen.compile:
        compile_catalogues()
    elif chosen.check:
        faults = list(find_faults())
        for fault in faults:
            print(fault)
        return 1 if faults else 0
    else:
        collect(tuple(Path(name) for name in chosen.merge or ()))
    return 0


def collect(offered: tuple[Path, ...]) -> None:
    """Write both catalogues anew from the sources, keeping what is translated."""
    sentences = _gather(offered)
    chinese = _translations((CHINESE, *offered))
    for language, plural_rule in PLURALS.items():
        catalogue = polib.POFile(wrapwidth=110)
        catalogue.metadata = {
            "Language": language,
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": plural_rule,
        }
        for key, places in sorted(sentences.items(), key=lambda item: (item[1][0].file, item[0])):
            catalogue.append(_entry(places, language, chinese.get(key)))
        path = LOCALE / language / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(path))
        print(
            f"{path.relative_to(ROOT)}: {len(catalogue)} sentences, {len(catalogue.untranslated_entries())} open"
        )


def compile_catalogues() -> None:
    """Write django.mo beside every django.po."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


def find_faults() -> Iterator[str]:
    """Name every sentence whose Chinese is missing, marked fuzzy or has other placeholders."""
    entries = {(entry.msgctxt or "", entry.msgid): entry for entry in polib.pofile(str(CHINESE))}
    for key, places in sorted(_gather().items()):
        entry, where = entries.get(key), f"{places[0].file}: {key[1]!r}"
        if entry is None or entry.obsolete:
            yield f"{where} is not in the catalogue; run: make messages"
        elif entry.fuzzy:
            yield f"{where} is marked fuzzy"
        elif not _chinese(entry):
            yield f"{where} has no Chinese"
        elif set(PLACEHOLDER.findall(_chinese(entry))) != set(PLACEHOLDER.findall(places[0].plural or key[1])):
            yield f"{where} has other placeholders in Chinese"


def python_sentences(path: Path, name: str) -> Iterator[Sentence]:
    """Find the gettext calls of a Python file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [
            part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if called in PLAIN and len(texts) == 1:
            yield Sentence(texts[0], "", "", name)
        elif called in PLURAL and len(texts) == 2:
            yield Sentence(texts[0], texts[1], "", name)
        elif called in CONTEXT and len(texts) == 2:
            yield Sentence(texts[1], "", texts[0], name)


def template_sentences(path: Path, name: str) -> Iterator[Sentence]:
    """Find the translate and blocktranslate tags of a template, and the _("…") of its expressions."""
    tokens = iter(Lexer(path.read_text()).tokenize())
    for token in tokens:
        if token.token_type == TokenType.BLOCK and (found := inline_re.match(token.contents)):
            yield Sentence(_unquote(found[1]), "", _context(found[2]), name)
        elif token.token_type == TokenType.BLOCK and (found := block_re.match(token.contents)):
            singular, plural = _block(tokens, trimmed="trimmed" in token.split_contents())
            yield Sentence(singular, plural, _context(found[1]), name)
        elif token.token_type in {TokenType.BLOCK, TokenType.VAR}:
            for quoted in constant_re.findall(token.contents):
                yield Sentence(_unquote(quoted), "", "", name)


def _gather(offered: tuple[Path, ...] = ()) -> dict[tuple[str, str], list[Sentence]]:
    """Return every sentence to translate with the places it stands at."""
    gathered: dict[tuple[str, str], list[Sentence]] = {}
    for sentence in sorted({*_ours(), *_borrowed(offered)}):
        gathered.setdefault(sentence.key, []).append(sentence)
    return gathered


def _ours() -> Iterator[Sentence]:
    for path in sorted(SOURCE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield from python_sentences(path, str(path.relative_to(ROOT)))
    for path in sorted([*SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("templates/**/*.txt")]):
        yield from template_sentences(path, str(path.relative_to(ROOT)))


def _borrowed(offered: tuple[Path, ...]) -> Iterator[Sentence]:
    """Find the sentences of the account pages that we translate because their library does not, or not well."""
    spec = importlib.util.find_spec("allauth")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    theirs = polib.pofile(str(home / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))
    known = {entry.msgid for entry in theirs.translated_entries()}
    better = {key[1] for key in _translations((CHINESE, *offered))}
    code = [path for path in (home / "account").rglob("*.py") if "tests" not in path.parts]
    pages = [path for folder in ("account", "allauth") for path in (home / "templates" / folder).rglob("*.*")]
    for path in [*code, *pages]:
        for sentence in (python_sentences if path.suffix == ".py" else template_sentences)(
            path, "allauth.account"
        ):
            if sentence.text not in known or sentence.text in better:
                yield sentence


def _translations(paths: tuple[Path, ...]) -> dict[tuple[str, str], str]:
    """Return the Chinese found in these files; a later file wins."""
    chinese: dict[tuple[str, str], str] = {}
    for path in paths:
        if path.exists():
            for entry in polib.pofile(str(path)):
                if _chinese(entry) and not entry.fuzzy:
                    chinese[(entry.msgctxt or "", entry.msgid)] = _chinese(entry)
    return chinese


def _chinese(entry: polib.POEntry) -> str:
    return str(entry.msgstr or (entry.msgstr_plural or {}).get(0, ""))


def _entry(places: list[Sentence], language: str, chinese: str | None) -> polib.POEntry:
    first = places[0]
    entry = polib.POEntry(
        msgid=first.text,
        msgctxt=first.context or None,
        # No line numbers: they would change with every edit above.
        occurrences=[(place.file, "") for place in places if place.file.startswith("src/")],
    )
    forms = {0: first.text, 1: first.plural} if language == "en" else {0: chinese or ""}
    if first.plural:
        entry.msgid_plural = first.plural
        entry.msgstr_plural = forms
    else:
        entry.msgstr = forms[0]
    return entry


def _block(tokens: Iterator[Token], *, trimmed: bool) -> tuple[str, str]:
    """Read on to the end of a blocktranslate; variables become %(name)s as Django's tag makes them."""
    forms = [""]
    for token in tokens:
        kind, contents = token.token_type, token.contents
        if kind == TokenType.BLOCK and endblock_re.match(contents):
            break
        if kind == TokenType.BLOCK and plural_re.match(contents):
            forms.append("")
        elif kind == TokenType.VAR:
            forms[-1] += f"%({contents})s"
        elif kind == TokenType.TEXT:
            forms[-1] += contents.replace("%", "%%")
    if trimmed:
        forms = [" ".join(line.strip() for line in form.strip().splitlines()) for form in forms]
    return forms[0], forms[1] if len(forms) > 1 else ""


def _context(part: str | None) -> str:
    found = context_re.match(part or "")
    return _unquote(found[1]) if found else ""


def _unquote(quoted: str) -> str:
    """Strip the quotes; a percent sign is doubled in the catalogue, as Django's translate tag looks it up."""
    return quoted[1:-1].replace("%", "%%")


if __name__ == "__main__":
    sys.exit(main())
