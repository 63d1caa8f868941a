from .random_resize import RandomBatchResize

__all__ = ['RandomBatchResize']
