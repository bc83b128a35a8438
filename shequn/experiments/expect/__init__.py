"""The question of whether what a scenario states will hold, and how surely.

Imports `perform`, `designs`, `crews` and `runs`.
"""
