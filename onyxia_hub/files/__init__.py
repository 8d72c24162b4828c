"""Somebody's own files in S3, reached with keys of their own; nothing here knows of JupyterHub."""
