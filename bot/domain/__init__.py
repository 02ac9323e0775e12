"""What Drover is about, without I/O and without any third party."""
