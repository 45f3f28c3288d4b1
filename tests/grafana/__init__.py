"""The dashboard: its JSON, its expressions and its shape."""
