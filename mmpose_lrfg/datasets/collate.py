"""From the samples of a data loader process to one batch, in few pieces."""

from collections.abc import Sequence

from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS
from torch.utils.data import default_collate


@FUNCTIONS.register_module()
def stack_collate(samples: Sequence[dict]) -> dict:
    """``pseudo_collate`` that stacks images and turns the tensors of labels into arrays.

    Every tensor that leaves a data loader process does so as a file of its own, which the training
    process opens and maps: with 64 images and their labels 400 files a batch. Here it is one.

    Args:
        samples (Sequence[dict]): N with ``inputs`` (3, H, W), all of one size, and
            ``data_samples``.

    Returns:
        dict: ``inputs``, (N, 3, H, W), and ``data_samples``, a list.
    """
    images = [sample['inputs'] for sample in samples]
    if len({(image.shape, image.dtype) for image in images}) != 1:
        return pseudo_collate(samples)
    labelled = [sample['data_samples'] for sample in samples]
    for each in labelled:
        if 'gt_instance_labels' in each:
            each.gt_instance_labels = each.gt_instance_labels.numpy()
    # Torch's own writes the batch at once where the training process will read it.
    return dict(inputs=default_collate(images), data_samples=labelled)
