"""What an audit finds: each module looks at its own tables, `laotie audit` puts the findings together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be: a stable code, the address of the thing, and what was found."""

    code: str  # module.what, as ledger.posting_unbalanced
    subject: str  # as posting:17
    detail: str
