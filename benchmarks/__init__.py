"""What is timed: ``python -m benchmarks`` prints one table; see ``__main__``."""
