"""A run, and where it is kept.

Cases (a scenario, a seed, an address), plans (the points of an experiment), the archive of finished
runs, the results folder and its final tables; besides, what all rooms share: kinds of arguments,
numbers in words, the pace of work. Imports no other room.
"""
