"""The questions: runs, sweeps, statistics and the measures of chat rooms."""
