"""REST v10: one module per family of routes, and the pipeline every request goes through."""
