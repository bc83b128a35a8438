"""Experiment scripts: copy one, change what is in capital letters, run it.

``python -m shequn.experiments.studies.NAME`` runs one as it is, in the folder you are in. They use
public names only (``import shequn as sq``) and whatever room of the experiments they need; no other
room imports them.
"""
