"""What the hub remembers beyond JupyterHub's own records, in JupyterHub's own database.

The tables stand in JupyterHub's metadata, so that JupyterHub makes them at its start
(jupyterhub/orm.py, ``new_session_factory``), whatever the database is; plain JupyterHub never looks
at them. Rows about a user go with the user.
"""
