"""What every process of ours does the same way: how it logs, and how it tells its settings. Imports nothing of ours."""
