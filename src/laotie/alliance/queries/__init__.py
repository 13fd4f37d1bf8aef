"""The questions others may ask of the alliance."""

from laotie.alliance.policy import choose_plan, split_commission, take_apart
from laotie.alliance.queries.earnings import (
    get_earning,
    list_agency_earnings,
    list_earning_moves,
    list_earnings,
    list_leader_earnings,
    sum_earnings,
)
from laotie.alliance.queries.evidence import list_clicks_before
from laotie.alliance.queries.persons import export_creator
from laotie.alliance.queries.plans import (
    find_best_plans,
    get_plan,
    list_plans,
    list_selection,
    list_showcase,
)
from laotie.alliance.queries.terms import ask_terms, freeze_terms

__all__ = [
    "ask_terms",
    "choose_plan",
    "export_creator",
    "find_best_plans",
    "freeze_terms",
    "get_earning",
    "get_plan",
    "list_agency_earnings",
    "list_clicks_before",
    "list_earning_moves",
    "list_earnings",
    "list_leader_earnings",
    "list_plans",
    "list_selection",
    "list_showcase",
    "split_commission",
    "sum_earnings",
    "take_apart",
]
