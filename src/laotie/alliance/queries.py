"""The questions others may ask of the alliance; the pure ones are defined in `policy`."""

from laotie.alliance.policy import choose_plan, split_commission

__all__ = ["choose_plan", "split_commission"]
