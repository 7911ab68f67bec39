"""Which quotes to wish for: each strategy is a pure function of a View."""
