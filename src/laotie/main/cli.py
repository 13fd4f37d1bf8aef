"""The command `laotie`. Each command makes the database available, sets Django up, and calls what does the work."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import click

from laotie.core.embedded_postgres import PostgresUnavailable
from laotie.core.environment import BadSetting
from laotie.main.database import database

as_json = click.option("--json", "is_json", is_flag=True, help="Print one JSON object instead of text.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run and look after a laotie market."""


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--demo/--no-demo", "with_demo", default=True, help="Fill an empty database with the demo market.")
def up(host: str, port: int, with_demo: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Start database, web and worker; Ctrl-C stops everything and loses nothing."""
    os.environ.setdefault("LAOTIE_URL", f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")  # noqa: S104
    with database(must_own=True) as server:
        _set_up_django()
        from laotie.main.supervisor import Supervisor

        Supervisor(server=server, host=host, port=port, with_demo=with_demo).run()


@cli.command()
@as_json
def demo(is_json: bool) -> None:  # noqa: FBT001
    """Fill an empty database with a small believable market."""
    with _django(migrates=True):
        from laotie.main.demo.build import MarketNotEmpty, build_demo_market

        try:
            report = build_demo_market(show_progress=not is_json)
        except MarketNotEmpty as refusal:
            raise click.ClickException(str(refusal)) from None
        _print(report, is_json=is_json)


@cli.group(name="import")
def import_() -> None:
    """Bring in a market's history."""


@import_.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json
def olist(directory: Path, is_json: bool) -> None:  # noqa: FBT001
    """Import the Olist marketplace from DIRECTORY (its orders_sample folder) through the ordinary operations."""
    with _django(migrates=True):
        from laotie.core.errors import DomainError
        from laotie.main.importing.olist import import_olist

        try:
            report = import_olist(directory, show_progress=not is_json)
        except DomainError as refusal:
            raise click.ClickException(refusal.message()) from None
        _print(asdict(report), is_json=is_json)


@cli.command()
@as_json
def audit(is_json: bool) -> None:  # noqa: FBT001
    """Prove the books on the whole database; name what is wrong and exit 1."""
    with _django():
        _require_tables()
        from laotie.main.audit import audit_everything

        findings = [asdict(finding) for finding in audit_everything()]
    if is_json:
        click.echo(json.dumps({"ok": not findings, "findings": findings}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding['code']:32} {finding['subject']:20} {finding['detail']}")
        click.echo(f"{len(findings)} findings." if findings else "The books are clean.")
    sys.exit(1 if findings else 0)


@cli.command()
@as_json
def doctor(is_json: bool) -> None:  # noqa: FBT001
    """Look at the health of this installation: database, outbox lag, jobs, disk, assets."""
    with _django():
        from laotie.main.doctor import examine

        checks = examine()
    bad = [check for check in checks if check.verdict == "bad"]
    if is_json:
        click.echo(json.dumps({"ok": not bad, "checks": [asdict(check) for check in checks]}, ensure_ascii=False))
    else:
        for check in checks:
            mark = {"good": "✓", "mind": "!", "bad": "✗"}[check.verdict]
            click.echo(f"{mark} {check.name:20} {check.detail}")
    sys.exit(1 if bad else 0)


@cli.command()
@as_json
def replay(is_json: bool) -> None:  # noqa: FBT001
    """Try every parked event once more."""
    with _django():
        _require_tables()
        from laotie.events.delivery import replay_parked
        from laotie.main.subscriptions import SUBSCRIPTIONS

        done, failed = replay_parked(SUBSCRIPTIONS)
    _print({"replayed": done, "still_parked": failed}, is_json=is_json)
    sys.exit(1 if failed else 0)


@cli.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Put the secret key and the encryption keys into the backup.")
@click.option("--keep", type=click.IntRange(1, 10_000), help="Afterwards remove all but the newest so many.")
@as_json
def backup(directory: Path, with_keys: bool, keep: int | None, is_json: bool) -> None:  # noqa: FBT001
    """Write a backup of database and media into DIRECTORY, while the market sells."""
    with _django():
        _require_tables()
        from laotie.core.clock import utc_now
        from laotie.main.backup.making import make_backup

        with _backup_refusals(), _steps(is_shown=not is_json) as progress:
            report = make_backup(
                directory.resolve(),
                dsn=os.environ["DATABASE_URL"],
                now=utc_now(),
                with_keys=with_keys,
                keep=keep,
                progress=progress,
            )
    _print(report, is_json=is_json)
    if not with_keys and not is_json:
        click.echo("Keep the keys apart from it: without them the encrypted parts of the backup cannot be read.")


@cli.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Take the keys from the backup as well.")
@click.option("--replace", "replaces", is_flag=True, help="Throw away what the database holds now.")
@as_json
def restore(directory: Path, with_keys: bool, replaces: bool, is_json: bool) -> None:  # noqa: FBT001
    """Bring back the backup in DIRECTORY, or the newest one there, and audit it."""
    from laotie.main.backup.tools import BackupRefused
    from laotie.main.database import home

    if with_keys:
        from laotie.main.backup.keys import take_keys

        try:
            take_keys(directory.resolve(), home())
        except BackupRefused as refusal:
            raise click.ClickException(str(refusal)) from None
    with _django():
        from laotie.main.backup.restoring import restore_backup

        with _backup_refusals(), _steps(is_shown=not is_json) as progress:
            report = restore_backup(
                directory.resolve(), dsn=os.environ["DATABASE_URL"], replaces=replaces, progress=progress
            )
    _print(report, is_json=is_json)
    sys.exit(1 if report["findings"] else 0)


@contextlib.contextmanager
def _backup_refusals() -> Iterator[None]:
    """Say in a sentence why a backup or a restore cannot be."""
    import psycopg

    from laotie.main.backup.tools import BackupRefused

    try:
        yield
    except (BackupRefused, psycopg.Error, OSError) as refusal:
        raise click.ClickException(str(refusal)) from None


@contextlib.contextmanager
def _steps(*, is_shown: bool) -> Iterator[Callable[[str], None]]:
    """Show what is being done at the moment, where somebody looks."""
    from rich.console import Console

    with (
        Console(stderr=True).status("…")
        if is_shown and sys.stderr.isatty()
        else contextlib.nullcontext() as status
    ):
        yield lambda text: status.update(text) if status is not None else None


@cli.command()
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1_000))
@as_json
def messages(limit: int, is_json: bool) -> None:  # noqa: FBT001
    """List the last mails and text messages that were caught here instead of sent: the login code is in them."""
    from laotie.main.database import home
    from laotie.main.messages import list_caught

    found = list_caught(mail=home() / "mail", sms=home() / "sms", limit=limit)
    if is_json:
        rows = [{**asdict(message), "at": message.at.isoformat()} for message in found]
        click.echo(json.dumps({"messages": rows}, ensure_ascii=False))
        return
    for message in found:
        click.echo(f"{message.at:%Y-%m-%d %H:%M:%S}  {message.kind:4}  {message.to}  {message.subject}")
        click.echo("".join(f"    {line}\n" for line in message.text.splitlines()))
    if not found:
        click.echo(
            "Nothing was caught. With LAOTIE_SMTP_HOST or LAOTIE_SMS_PROVIDER set, messages are really sent."
        )


@cli.group()
def user() -> None:
    """Look after people's accounts."""


@user.command(name="add")
@click.argument("email")
@click.option("--name", required=True, help="The name others see.")
@click.option("--operator", is_flag=True, help="Make the person an operator with access to the admin.")
@click.password_option()
@as_json
def add_user(email: str, name: str, operator: bool, password: str, is_json: bool) -> None:  # noqa: FBT001
    """Open an account, as for the first operator."""
    with _django(migrates=True):
        from django.utils import translation

        from laotie.core.clock import utc_now
        from laotie.core.errors import DomainError
        from laotie.main.users import add_account

        try:
            account = add_account(email=email, name=name, password=password, is_operator=operator, now=utc_now())
        except DomainError as refusal:
            with translation.override("en"):  # as everything the command line says
                raise click.ClickException(refusal.message()) from None
        _print({"id": account.id, "email": account.email, "is_operator": account.is_operator}, is_json=is_json)


@user.command(name="export")
@click.argument("email")
def export_user(email: str) -> None:
    """Print all the market holds about a person, as JSON."""
    with _django():
        _require_tables()
        from laotie.core.actor import system
        from laotie.core.clock import utc_now
        from laotie.main.users import export_by_email

        with _refusals():
            found = export_by_email(actor=system("command-line"), email=email, now=utc_now())
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@user.command(name="erase")
@click.argument("email")
@click.confirmation_option(prompt="This cannot be undone. Erase the account?")
@as_json
def erase_user(email: str, is_json: bool) -> None:  # noqa: FBT001
    """Erase a person for good; the books stay, under a number. Older backups keep the person until removed."""
    with _django():
        _require_tables()
        from laotie.core.actor import system
        from laotie.core.clock import utc_now
        from laotie.main.users import erase_by_email

        with _refusals():
            account_id = erase_by_email(actor=system("command-line"), email=email, now=utc_now())
    _print({"erased": account_id}, is_json=is_json)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Say a refusal in English, as everything the command line says."""
    from django.utils import translation

    from laotie.core.errors import DomainError

    try:
        yield
    except DomainError as refusal:
        with translation.override("en"):
            raise click.ClickException(refusal.message()) from None


@cli.command(hidden=True)
def worker() -> None:
    """Deliver events and run jobs; `up` starts it."""
    _set_up_django()
    from laotie.main.worker import run_worker

    run_worker()


@cli.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own commands."""
    with database():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laotie.main.settings")
        from django.core.management import execute_from_command_line

        execute_from_command_line(["laotie manage", *arguments])


def main() -> None:
    """Run the command line; what the operator can mend is a sentence, not a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # a command started with nohup stays deaf
            signal.signal(number, _leave)
    try:
        cli()
    except (PostgresUnavailable, BadSetting) as trouble:
        click.echo(str(trouble), err=True)
        sys.exit(2)


def _leave(number: int, _frame: object) -> None:
    """End as an exception does, so that what was started is stopped."""
    sys.exit(128 + number)


@contextlib.contextmanager
def _django(*, migrates: bool = False) -> Iterator[None]:
    """Make database and Django available; with `migrates` bring the tables up to date first."""
    with database():
        _set_up_django()
        if migrates:
            from django.core.management import call_command

            call_command("migrate", verbosity=0, interactive=False)
        yield


def _require_tables() -> None:
    from laotie.main.doctor import count_missing_migrations

    if count_missing_migrations():
        raise click.ClickException(
            "The database's tables are not up to date: `laotie up` or `laotie manage migrate` brings them there."
        )


def _set_up_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laotie.main.settings")
    django.setup()


def _print(report: dict[str, object], *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(report, ensure_ascii=False, default=str))
    else:
        for name, value in report.items():
            click.echo(f"{name.replace('_', ' '):24} {_words(value)}")


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{number} {name}" for name, number in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
