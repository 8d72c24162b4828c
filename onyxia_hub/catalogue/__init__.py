"""The catalogue: profiles, their loader, and the options of a launch."""
