"""Who may pay less, and who pays the difference: coupons and red packets. See README.md."""
