"""What the stand-in answers when it says no.

ApiError              a status with Discord's {message, code, errors?}; the functions below name those in use
└── InvalidForm       400, code 50035, with the tree of what is wrong where

Codes and texts: the public documentation's opcodes-and-status-codes page.
"""

import math
from typing import Any


class ApiError(Exception):
    """Ends a request with this status and body; nothing of the request takes effect."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.headers = headers or {}
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra or {}

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "code": self.code, **self.extra}


class InvalidForm(ApiError):
    def __init__(self, tree: dict[str, Any]) -> None:
        super().__init__(400, 50035, "Invalid Form Body")
        self.tree = tree

    def body(self) -> dict[str, Any]:
        return {**super().body(), "errors": self.tree}


def not_found() -> ApiError:
    return ApiError(404, 0, "404: Not Found")


def method_not_allowed() -> ApiError:
    return ApiError(405, 0, "405: Method Not Allowed")


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def unknown_channel() -> ApiError:
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    return ApiError(404, 10004, "Unknown Guild")


def unknown_member() -> ApiError:
    return ApiError(404, 10007, "Unknown Member")


def unknown_message() -> ApiError:
    return ApiError(404, 10008, "Unknown Message")


def unknown_role() -> ApiError:
    return ApiError(404, 10011, "Unknown Role")


def unknown_user() -> ApiError:
    return ApiError(404, 10013, "Unknown User")


def unknown_webhook() -> ApiError:
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_sku() -> ApiError:
    return ApiError(404, 10027, "Unknown SKU")


def unknown_entitlement() -> ApiError:
    return ApiError(404, 10029, "Unknown entitlement")


def unknown_interaction() -> ApiError:
    return ApiError(404, 10062, "Unknown interaction")


def unknown_command() -> ApiError:
    return ApiError(404, 10063, "Unknown application command")


def unknown_emoji() -> ApiError:
    return ApiError(400, 10014, "Unknown Emoji")


def too_many_pins() -> ApiError:
    return ApiError(400, 30003, "Maximum number of pins reached for the channel (250)")


def too_many_reactions() -> ApiError:
    return ApiError(400, 30010, "Maximum number of reactions reached (20)")


def too_many_attachments() -> ApiError:
    return ApiError(400, 30015, "Maximum number of attachments in a message reached (10)")


def too_many_commands_today() -> ApiError:
    return ApiError(400, 30034, "Max number of daily application command creates has been reached (200)")


def too_many_old_edits(seconds: float) -> ApiError:
    """A rate limit with a code of its own: it says how long to wait, as every 429 of Discord's API does."""
    return ApiError(
        429,
        30046,
        "Maximum number of edits to messages older than 1 hour reached. Try again later.",
        extra={"retry_after": round(seconds, 3), "global": False},
        headers={"Retry-After": str(math.ceil(seconds)), "X-RateLimit-Scope": "user"},
    )


def request_too_large() -> ApiError:
    return ApiError(413, 40005, "Request entity too large")


def not_consumable() -> ApiError:
    return ApiError(400, 40018, "Only consumable SKUs can be consumed")


def no_test_entitlement() -> ApiError:
    return ApiError(400, 40019, "You can only delete sandbox entitlements.")


def already_acknowledged() -> ApiError:
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def too_many_followups() -> ApiError:
    return ApiError(400, 40094, "This interaction has reached its maximum follow-up messages.")


def tag_required() -> ApiError:
    return ApiError(400, 40067, "A tag is required to create a forum post in this channel")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def direct_channel() -> ApiError:
    return ApiError(403, 50003, "Cannot execute action on a DM channel")


def other_authors_message() -> ApiError:
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> ApiError:
    return ApiError(400, 50006, "Cannot send an empty message")


def cannot_message_user() -> ApiError:
    return ApiError(403, 50007, "Cannot send messages to this user")


def non_text_channel() -> ApiError:
    return ApiError(400, 50008, "Cannot send messages in a non-text channel")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def wrong_number_to_delete() -> ApiError:
    bounds = "Must provide at least 2 and at most 100 messages to delete."
    return ApiError(400, 50016, f"Provided too few or too many messages to delete. {bounds}")


def system_message() -> ApiError:
    return ApiError(403, 50021, "Cannot execute action on a system message")


def wrong_channel_type() -> ApiError:
    return ApiError(400, 50024, "Cannot execute action on this channel type")


def too_old_to_delete() -> ApiError:
    return ApiError(400, 50034, "You can only bulk delete messages that are under 14 days old.")


def invalid_webhook_token() -> ApiError:
    return ApiError(401, 50027, "Invalid Webhook Token")


def archived_thread() -> ApiError:
    return ApiError(400, 50083, "Thread is archived")


def malformed_body() -> ApiError:
    return ApiError(400, 50109, "The request body contains invalid JSON.")


def no_mutual_guild() -> ApiError:
    return ApiError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def reply_needs_history() -> ApiError:
    return ApiError(403, 160002, "You cannot reply without permission to read message history")


def thread_exists() -> ApiError:
    return ApiError(400, 160004, "A thread has already been created for this message")


def locked_thread() -> ApiError:
    return ApiError(400, 160005, "Thread is locked")


def unknown_reference() -> ApiError:
    return ApiError(400, 160008, "Message could not be found")


def forward_with_content() -> ApiError:
    return ApiError(400, 160011, "Forward messages cannot have additional content")


def unreadable_forward() -> ApiError:
    return ApiError(400, 160014, "You cannot forward a message whose content you cannot read")


def poll_message() -> ApiError:
    return ApiError(400, 520003, "Cannot edit a poll message")
