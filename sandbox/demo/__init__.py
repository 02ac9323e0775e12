"""The demo: both stand-ins and the bot as processes, two small communities that use it, and what came of it.

The bot is started and watched from outside only, as an operator and the members of a server would.
"""


class DemoFailed(Exception):
    """Something did not end as it should; the message says what, for whoever watches."""


def expect(right: object, otherwise: str) -> None:
    """Raises `DemoFailed` with the reason if it is not so."""
    if not right:
        raise DemoFailed(otherwise)
