"""The gateway: the hub's login, readiness and activity in front of a program that knows none.

It is a process of its own beside the program, ``python -m onyxia_hub.gateway``, and it imports
nothing else of this package: every service pays for what it holds in memory.
"""
