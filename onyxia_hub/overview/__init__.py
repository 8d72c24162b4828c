"""Everybody's services at a glance, for administrators.

`collect` brings together what the database and the running hub know; `selection` filters and sorts,
`sums` adds up, `sheet` writes a table for spreadsheets.
"""
