"""The tests of the HTTP surface."""
