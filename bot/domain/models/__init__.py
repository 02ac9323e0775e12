"""The provider's models: what each makes and takes, and the check of a value."""
