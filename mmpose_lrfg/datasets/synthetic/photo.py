"""What a camera does to a picture: exposure, colour cast, lens, blur, noise."""

import cv2
import numpy as np


def develop(rng, image):
    """A photograph of a linear-looking BGR image (H, W, 3) float32 in 0-255; uint8."""
    height, width = image.shape[:2]
    scale = width / 320
    image = image * np.exp(rng.normal(0, 0.12))
    image = image * np.exp(rng.normal(0, 0.05, 3))
    if rng.random() < 0.06:
        image = np.repeat(image.mean(2, keepdims=True), 3, axis=2)
    grey = image.mean(2, keepdims=True)
    image = grey + (image - grey) * rng.uniform(0.55, 1.15)
    image = 128 + (image - 128) * np.exp(rng.normal(0.0, 0.12)) + rng.normal(0, 6)
    if rng.random() < 0.3:
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        image = image * (1 - rng.uniform(0.05, 0.3) * (x * x + y * y))[..., None]
    image = image.astype(np.float32)
    kind = rng.random()
    if kind < 0.3:
        sigma = rng.uniform(0.3, 1.0) * scale
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    elif kind < 0.36:
        length = max(int(rng.integers(3, 8) * scale) | 1, 3)
        kernel = np.zeros((length, length), np.float32)
        cv2.line(kernel, (0, int(rng.integers(0, length))), (length - 1, length // 2), 1.0)
        image = cv2.filter2D(image, -1, kernel / kernel.sum())
    elif kind < 0.5:
        image = image + 0.6 * (image - cv2.GaussianBlur(image, (0, 0), 1.2 * scale))
    strength = abs(rng.normal(0, 3.5))
    noise = rng.standard_normal((height, width, 3), np.float32)
    if rng.random() < 0.4:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 2
    return np.clip(image + strength * noise, 0, 255).astype(np.uint8)
