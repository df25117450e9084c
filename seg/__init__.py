"""Semantic segmentation one can look into: photo in, a class for every pixel out."""
