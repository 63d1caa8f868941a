"""The paper's comparison: a table of models, their sizes, and their speed side by side."""
