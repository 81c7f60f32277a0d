"""What `make assure` files: a campaign's results and the tests beside it, in one report."""
