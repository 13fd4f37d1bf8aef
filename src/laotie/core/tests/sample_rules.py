"""Rules that only the tests know: core knows no trade."""

from laotie.core.rules import Rule, define

SECONDS = define(
    Rule("sample.seconds", 900, "seconds", "How long a sample waits.", "tests", least=30, most=86_400)
)
FEES = define(
    Rule("sample.fees_bp", {"general": 500, "food": 200}, "bp", "What a sample costs.", "tests", most=5_000)
)
