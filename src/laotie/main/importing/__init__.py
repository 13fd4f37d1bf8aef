"""Bringing in other markets' histories, through the operations a live order takes."""
