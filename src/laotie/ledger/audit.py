"""Proves the whole ledger from its rows, by set-based SQL, and names each kind of breakage with a code of its own.

It trusts neither the guards of the database nor the operations: every sum and every hash is made anew.
Each check sees one moment, so it may run beside live traffic.
"""
# ruff: noqa: S608 - the statements are put together from our own fragments

from collections.abc import Iterator

from laotie.core.finding import Finding
from laotie.ledger.contracts import REVERSAL
from laotie.ledger.entries import LEGS_TEXT, POSTING_HASH, UNTRACKED_SQL
from laotie.ledger.streaming import stream_rows

GUARDS = (
    "ledger_posting_append_only",
    "ledger_leg_append_only",
    "ledger_holduse_append_only",
    "ledger_leg_balanced",
)


def audit_ledger() -> Iterator[Finding]:
    """Yield everything in the ledger that is not as it must be; nothing at all when it is sound."""
    for code, statement in CHECKS.items():
        for subject, detail in stream_rows(statement):
            yield Finding(f"ledger.{code}", subject, detail)
    yield from _audit_postings()


# Each statement answers (subject, detail) for what is broken.
CHECKS = {
    "guard_missing": f"""
        SELECT 'trigger:' || name, 'The trigger is missing or switched off.'
        FROM unnest(ARRAY{list(GUARDS)}) AS guard (name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = name AND tgenabled IN ('O', 'A'))""",
    "duplicate_key": """
        SELECT 'posting:' || min(id), format('%s postings have the key %s.', count(*), key)
        FROM ledger_posting GROUP BY key HAVING count(*) > 1""",
    "leg_without_posting": """
        SELECT 'leg:' || leg.id, format('%s fen at %s belong to posting %s, which does not exist.',
          amount_fen, address, posting_id)
        FROM ledger_leg AS leg
        WHERE NOT EXISTS (SELECT FROM ledger_posting AS posting WHERE posting.id = leg.posting_id)""",
    "account_missing": f"""
        SELECT address, format('Legs of %s %s have no account.', sum(amount_fen), currency)
        FROM ledger_leg AS leg LEFT JOIN ledger_account AS account USING (address, currency)
        WHERE NOT {UNTRACKED_SQL} AND account.id IS NULL
        GROUP BY address, currency""",
    "account_unexpected": f"""
        SELECT address, 'An untracked address has a balance row.' FROM ledger_account WHERE {UNTRACKED_SQL}""",
    "balance_differs": """
        SELECT account.address, format('The balance is %s %s, its legs add up to %s.',
          balance_fen, account.currency, coalesce(leg.fen, 0))
        FROM ledger_account AS account
        LEFT JOIN (SELECT address, currency, sum(amount_fen) AS fen FROM ledger_leg
            GROUP BY address, currency) AS leg USING (address, currency)
        WHERE balance_fen <> coalesce(leg.fen, 0)""",
    "running_balance_differs": f"""
        SELECT 'leg:' || id, format('The balance after it is %s at %s, the legs so far add up to %s.',
          coalesce(balance_after_fen::text, 'missing'), address, fen)
        FROM (SELECT id, address, balance_after_fen,
                sum(amount_fen) OVER (PARTITION BY address, currency ORDER BY id) AS fen
              FROM ledger_leg WHERE NOT {UNTRACKED_SQL}) AS leg
        WHERE balance_after_fen IS DISTINCT FROM fen""",
    "reversal_not_mirrored": f"""
        SELECT 'posting:' || id, format('It should take back posting %s whole, and does not.', reverses_id)
        FROM ledger_posting AS reversal
        WHERE kind = '{REVERSAL}' AND (
          reverses_id IS NULL
          OR NOT EXISTS (SELECT FROM ledger_posting AS original WHERE original.id = reversal.reverses_id
                AND original.currency = reversal.currency AND original.subject = reversal.subject)
          OR EXISTS (
            SELECT FROM
              (SELECT address, -amount_fen AS fen FROM ledger_leg WHERE posting_id = reverses_id) AS wanted
            FULL JOIN
              (SELECT address, amount_fen AS fen FROM ledger_leg WHERE posting_id = reversal.id) AS found
              USING (address)
            WHERE wanted.fen IS DISTINCT FROM found.fen))""",
    "reversed_twice": f"""
        SELECT 'posting:' || reverses_id, format('It was taken back whole, and %s times in all.', count(*))
        FROM ledger_posting WHERE reverses_id IS NOT NULL
        GROUP BY reverses_id HAVING count(*) > 1 AND bool_or(kind = '{REVERSAL}')""",
    "hold_differs": """
        SELECT 'hold:' || hold.id, format('%s of %s fen remain, but %s were used and it is %s.',
          remaining_fen, hold.amount_fen, coalesce(used.fen, 0), state)
        FROM ledger_hold AS hold
        LEFT JOIN (SELECT hold_id, sum(amount_fen) AS fen FROM ledger_holduse GROUP BY hold_id) AS used
          ON used.hold_id = hold.id
        WHERE remaining_fen <> hold.amount_fen - coalesce(used.fen, 0)
          OR (state = 'spent') <> (remaining_fen = 0) OR (state = 'active') <> (ended_at IS NULL)""",
    "hold_use_too_large": """
        SELECT 'posting:' || holduse.posting_id, format('It used %s fen of the holds at %s, but took %s.',
          sum(holduse.amount_fen), hold.address, coalesce(-min(leg.amount_fen), 0))
        FROM ledger_holduse AS holduse JOIN ledger_hold AS hold ON hold.id = holduse.hold_id
        LEFT JOIN ledger_leg AS leg ON leg.posting_id = holduse.posting_id
          AND leg.address = hold.address AND leg.currency = hold.currency
        GROUP BY holduse.posting_id, hold.address, hold.currency
        HAVING sum(holduse.amount_fen) > coalesce(-min(leg.amount_fen), 0)""",
    "payout_differs": """
        SELECT 'payout:' || payout.id, format('It is %s of %s fen; %s lie at platform:payouts, %s left the bank.',
          payout.state, payout.amount_fen, coalesce(moved.waiting, 0), coalesce(moved.left_bank, 0))
        FROM ledger_payout AS payout
        LEFT JOIN (
          SELECT posting.subject,
            sum(leg.amount_fen) FILTER (WHERE leg.address = 'platform:payouts') AS waiting,
            sum(leg.amount_fen) FILTER (WHERE leg.address = 'channel:bank') AS left_bank
          FROM ledger_posting AS posting JOIN ledger_leg AS leg ON leg.posting_id = posting.id
          WHERE posting.subject LIKE 'payout:%' GROUP BY posting.subject) AS moved
          ON moved.subject = 'payout:' || payout.id
        WHERE coalesce(moved.waiting, 0)
            <> CASE WHEN payout.state IN ('requested', 'approved', 'sent') THEN payout.amount_fen ELSE 0 END
          OR coalesce(moved.left_bank, 0) <> CASE WHEN payout.state = 'paid' THEN payout.amount_fen ELSE 0 END""",
    "hold_without_account": """
        SELECT 'hold:' || hold.id, format('%s %s has no account.', address, currency)
        FROM ledger_hold AS hold LEFT JOIN ledger_account AS account USING (address, currency)
        WHERE account.id IS NULL""",
}

# One pass over all legs answers for every posting at once.
POSTINGS = f"""
SELECT posting.id, legs.fen, legs.is_mixed OR legs.currency <> posting.currency,
  posting.input_hash <> {POSTING_HASH}
FROM ledger_posting AS posting
LEFT JOIN (
  SELECT posting_id, sum(amount_fen) AS fen, min(currency) <> max(currency) AS is_mixed, min(currency) AS currency,
    {LEGS_TEXT} AS text
  FROM ledger_leg GROUP BY posting_id) AS legs ON legs.posting_id = posting.id
WHERE legs.posting_id IS NULL OR legs.fen <> 0 OR legs.is_mixed OR legs.currency <> posting.currency
  OR posting.input_hash <> {POSTING_HASH}"""


def _audit_postings() -> Iterator[Finding]:
    for posting_id, fen, is_mixed, is_edited in stream_rows(POSTINGS):
        subject = f"posting:{posting_id}"
        if fen is None:
            yield Finding("ledger.posting_without_legs", subject, "It has no legs.")
            continue
        if fen:
            yield Finding("ledger.posting_unbalanced", subject, f"Its legs add up to {fen} fen.")
        if is_mixed:
            yield Finding("ledger.currency_mixed", subject, "Its legs are not all in its currency.")
        if is_edited:
            yield Finding("ledger.posting_edited", subject, "It or its legs differ from the hash made at posting.")
