"""Forms and private panels: parameters to components and back."""
