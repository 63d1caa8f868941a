"""Training and testing: runner, hooks, optimizers."""
