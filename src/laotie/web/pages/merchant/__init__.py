"""A shop's desk, one file per part of the work: orders, refunds, products, plans, money and staff."""
