"""Kubernetes objects as pure functions that return dicts."""
