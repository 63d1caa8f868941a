from .batch_preprocessor import PoseBatchPreprocessor
from .random_resize import RandomBatchResize

__all__ = ['PoseBatchPreprocessor', 'RandomBatchResize']
