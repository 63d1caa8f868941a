"""How fast the models are: each in a process of its own, in rounds, on the same pictures."""
