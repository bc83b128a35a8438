"""Closed forms that the model must reduce to, and gauges that compare runs with them.

Imports no other room.
"""
