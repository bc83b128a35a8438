"""Tests, in rooms of the same names as those of the code: tests/README.md says which."""
