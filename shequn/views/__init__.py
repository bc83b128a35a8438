"""The pictures: one style and one module per figure."""
