"""The one way in which the demo fails."""


class DemoFailed(Exception):
    """Something did not end as it should; the message says what, for whoever watches."""
