"""Stopping services that nobody uses, by jupyterhub-idle-culler and the hub's own limits.

`idle` says in the hub until when a service may stay; the pages and the culler ask the same. The
culler is a child process of the hub (`service` describes it, ``__main__`` is its start) that stops
what the hub says is due (`arbiter`).
"""
