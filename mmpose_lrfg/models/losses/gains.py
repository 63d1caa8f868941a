"""The rescaling of loss weights in YOLO-Pose's training script."""


def gain_factors(num_levels: int, num_classes: int, pixels: int) -> dict[str, float]:
    """Return the factors of YOLO-Pose's loss weights.

    The weights in YOLO-Pose's hyper-parameter file are for three levels, 80 classes and 640 x 640
    pixels; its training script rescales them for the network before the loss is built. With four
    levels, one class and 640 x 640 pixels: box 0.05 becomes 0.0375, objectness 1 becomes 0.75
    (1.6875 at 960 x 960), class and visibility 0.5 become 0.0047, keypoints 0.1 stay.

    Args:
        num_levels (int): Levels of the network.
        num_classes (int): Classes.
        pixels (int): Height x width of the input.

    Returns:
        dict[str, float]: Factor by name of the loss.
    """
    levels, classes = 3 / num_levels, num_classes / 80
    return dict(
        loss_bbox=levels,
        loss_obj=levels * pixels / 640**2,
        loss_cls=levels * classes,
        loss_kpt=1.0,
        loss_vis=levels * classes,
    )
