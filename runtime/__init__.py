"""What every process of ours does the same way: logs, settings, health checks, WebSockets. Imports nothing of ours."""
