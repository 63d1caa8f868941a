"""What a camera does to a picture: exposure, colour cast, lens, blur, noise."""

import cv2
import numpy as np


def develop(rng, image):
    """A photograph of a linear-looking BGR image (H, W, 3) float32 in 0-255; uint8."""
    height, width = image.shape[:2]
    scale = width / 320
    # Exposure, colour cast, saturation, contrast and brightness are one affine map of the colours.
    grey = 1.0 if rng.random() < 0.03 else rng.uniform(-0.15, 0.45)
    mix = (1 - grey) * np.eye(3) + grey / 3
    contrast = np.exp(rng.normal(0.0, 0.12))
    # The camera sets its exposure by the mean brightness, most of the way.
    metered = (rng.uniform(88, 142) / max(float(image.mean()), 5.0)) ** rng.uniform(0.4, 0.95)
    metered = float(np.clip(metered, 0.6, 2.6))
    gain = contrast * metered * mix @ np.diag(np.exp(rng.normal(0, 0.05, 3)))
    offset = np.full(3, 128 * (1 - contrast) + rng.normal(0, 6))
    image = cv2.transform(image, np.column_stack([gain, offset]))
    if rng.random() < 0.3:
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        x = np.linspace(-1, 1, width, dtype=np.float32)
        image *= (1 - np.float32(rng.uniform(0.05, 0.3)) * (x * x + y * y))[..., None]
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
        image = cv2.addWeighted(image, 1.6, cv2.GaussianBlur(image, (0, 0), 1.2 * scale), -0.6, 0)
    strength = np.float32(abs(rng.normal(0, 3.5)))
    noise = rng.standard_normal((height, width, 3), np.float32)
    if rng.random() < 0.4:
        noise = 2 * cv2.GaussianBlur(noise, (3, 3), 0.7)
    return np.clip(image + strength * noise, 0, 255).astype(np.uint8)
