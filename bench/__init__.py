"""Benchmarks, each beside the peer or limit it is compared with. Run by `make bench B=name`."""
