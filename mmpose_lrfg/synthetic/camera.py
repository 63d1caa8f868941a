"""Pinhole camera: where a point of the world lands in the image.

World: metres, y up, the ground is y = 0. Camera: x right, y down, z forward. Pixels: the centre
of the upper left pixel is (0, 0), as in COCO.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Args:
        rotation (np.ndarray): World to camera, (3, 3); rows are right, down and forward.
        position (np.ndarray): Camera centre in the world, (3,), metres.
        focal (float): Focal length in pixels.
        width, height (int): Image size in pixels.
    """

    rotation: np.ndarray
    position: np.ndarray
    focal: float
    width: int
    height: int

    @classmethod
    def look_at(cls, position, target, focal, width, height, roll=0.0):
        """Camera at ``position`` looking at ``target`` (3,), turned by ``roll`` radians."""
        position = np.asarray(position, float)
        forward = np.asarray(target, float) - position
        forward /= np.linalg.norm(forward)
        upright = (0.0, 1.0, 0.0) if abs(forward[1]) < 0.999 else (0.0, 0.0, 1.0)
        right = np.cross(forward, upright)
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        cos, sin = np.cos(roll), np.sin(roll)
        rotation = np.stack([cos * right + sin * down, cos * down - sin * right, forward])
        return cls(rotation, position, float(focal), int(width), int(height))

    def project(self, points):
        """Project world points (N, 3) to pixels (N, 2) and depths (N,) in metres."""
        local = (np.asarray(points) - self.position) @ self.rotation.T
        depth = local[:, 2]
        safe = np.where(depth > 1e-3, depth, 1e-3)
        centre = ((self.width - 1) / 2, (self.height - 1) / 2)
        return local[:, :2] * (self.focal / safe)[:, None] + centre, depth

    def rays(self, x, y):
        """Directions in the world, forward component 1, through pixels: three arrays like ``x``."""
        focal = np.float32(self.focal)
        dx = (np.asarray(x, np.float32) - np.float32((self.width - 1) / 2)) / focal
        dy = (np.asarray(y, np.float32) - np.float32((self.height - 1) / 2)) / focal
        right, down, forward = self.rotation.astype(np.float32)
        return tuple(dx * right[k] + dy * down[k] + forward[k] for k in range(3))

    def scaled(self, factor):
        """The same view on a grid ``factor`` times as fine."""
        return Camera(
            self.rotation,
            self.position,
            self.focal * factor,
            self.width * factor,
            self.height * factor,
        )
