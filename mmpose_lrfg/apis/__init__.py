"""Prediction of poses on images, videos, cameras and streams."""
