"""Readers and writers of scans and segmentations, one format per file; de-identification on the way in."""
