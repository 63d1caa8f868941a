"""Poses on images, folders and videos."""
