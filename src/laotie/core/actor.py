"""Who does something. Every operation that matters takes an Actor and leaves its address behind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (`account:7`) or a part of the system (`system:settlement`)."""

    kind: str
    name: str

    @property
    def address(self) -> str:
        """The actor as written into logs and moves."""
        return f"{self.kind}:{self.name}"

    @property
    def account_id(self) -> int | None:
        """The account's id when a person acts, else None."""
        return int(self.name) if self.kind == "account" else None


def person(account_id: int) -> Actor:
    """Return the actor for an account."""
    return Actor("account", str(account_id))


def system(name: str) -> Actor:
    """Return the actor for a job, a subscriber or a command."""
    return Actor("system", name)
