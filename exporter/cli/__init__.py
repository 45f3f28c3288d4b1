"""The commands, each with its flags, and what is set up for a process: its log, its memory.

Imports everything. Start reading at `main`.
"""
