"""The tests: a file for each module of the package."""
