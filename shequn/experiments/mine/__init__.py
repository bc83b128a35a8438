"""One's own group: from what an operator knows to worlds like it, and what holds in all of them.

Answers are checked, worlds are drawn and held to them, questions are asked in those that are left.
Imports sweeps and comparisons, and what is below them.
"""
