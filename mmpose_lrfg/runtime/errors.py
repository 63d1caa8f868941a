"""The error that stands for everything a user of the runtime can mend."""


class ModelError(Exception):
    """What is wrong with a model file, an option or an image, in one sentence."""
