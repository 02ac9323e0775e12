"""Wakeups that remember what they were told."""

from bot.services.wakeups import Topic, Wakeups


class FakeWakeups(Wakeups):
    """`told` is every topic, each time it was notified; `calls` is how often somebody notified."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Topic] = []
        self.calls = 0

    def notify(self, *topics: Topic) -> None:
        self.calls += 1
        self.told += topics
        super().notify(*topics)
