"""Figures of trainings and evaluations, and images with poses and errors."""
