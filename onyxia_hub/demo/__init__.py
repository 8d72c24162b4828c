"""The embedded default: every part of the platform as a process of this machine."""
