"""The pytest plugin: a mock-kalshi venue as the fixture `kalshi` (docs/testing.md).

It lives inside other people's test processes, beside folders that may be called `wire`, `exchange`, `sandbox` or
`tests`. So it has a name nobody else has, imports nothing of ours, and keeps the venue in a process with a module
path of its own. The two lines of signing it needs it has itself.
"""
