"""May they? Deposits, frozen balances, and what money may leave the market. See README.md."""
