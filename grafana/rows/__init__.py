"""The rows of the dashboard, one a module, in the order in which a person looks."""
