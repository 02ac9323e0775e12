"""The one way in which the demo fails."""


class DemoFailed(Exception):
    """Something did not end as it should; the message says what, for whoever watches."""


def expect(right: object, otherwise: str) -> None:
    """Raises `DemoFailed` with the reason if it is not so."""
    if not right:
        raise DemoFailed(otherwise)
