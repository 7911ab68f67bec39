"""The crowd of a live market: makers, providers and takers of several minds, every draw from a seed."""
