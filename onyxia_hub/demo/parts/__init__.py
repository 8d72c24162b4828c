"""The demo's parts, one module for each server; all give an `onyxia_hub.demo.parts.part.Part`."""
