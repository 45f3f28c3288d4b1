"""The command line: one module for each command, its flags, its log and the process's settings.

Imports every other package. Start reading at `main`, then `serve`.
"""
