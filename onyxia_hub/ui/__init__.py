"""Templates, static files and handlers of the pages."""
