"""The provider's words of failure, sorted into reasons: what a member can do next depends on them.

The words are API.md's ("Errors" and "Seen by other clients of this API"), and what models' own servers say.
"""

import re

from bot.domain.orders.generation import Reason

_REFUSED = ("datainspectionfailed", "moderat", "rejected text", "nsfw", "content_filter")
_LINK = re.compile(r"\(?https?://\S+")
_FILE = (
    r"\b(?![a-z_]*_(?:size|count|format|strength|scale|weight)\b)"  # how much of it, or how: no file
    r"(?:[a-z_]*(?:image|video|audio|picture|photo|sound|media|mask|frame|file|input)[a-z_]*)\b"
    r"(?![\s-](?:to-|models?\b|generat|services?\b|providers?\b))"  # what works on files is none
)
_NEAR = r"[^.;:!?]{0,60}?"  # in one sentence
_BAD = (
    r"(?:unsupported|unreadable|invalid|corrupt(?:ed)?|broken|damaged|malformed|truncated|empty|animated|encrypted|"
    r"undecodable|incomplete|too (?:large|big|small|long|short)|not an? (?:valid |supported )?[a-z]+|"
    r"not (?:valid|supported|readable|allowed))"
)
# What surely was given: a video or a sound without such a word before it may be the one that should have been made.
_GIVEN = (
    r"\b(?:(?:image|picture|photo|frame|mask|file)s?|(?:input|reference|source|start|tail)_[a-z_]+|"
    r"(?:input|source|reference|uploaded|provided|given|first|last|start)\s(?:image|frame|video|audio|sound|media|file)s?)\b"
)
_MEASURE = r"\b(?:dimensions?|resolution|size|width|height|duration|length|pixels?|aspect[ _]ratio|sides?|edges?)\b"
_BOUND = (
    r"\b(?:too|exceeds?|exceeded|at (?:least|most)|minimum|maximum|larger|smaller|longer|shorter|less|more|below|above|"
    r"outside|out of|between|under|over)\b"
)
_READ = r"(?:decod|read|open|pars|identif|recogni[sz]|understand|understood|convert)[a-z]*"
_FAILED = r"(?:can ?not|can't|could not|couldn't|unable to|failed to|failure to|error(?: while| when)?)"
_BAD_INPUT = (  # compiled when the first failure is read, and kept by `re`
    rf"{_FILE}[^\w]{_NEAR}\b(?:is|are|was|were|seems|appears|looks|must be)\b{_NEAR}\b{_BAD}\b",
    rf"\b(?:unsupported|invalid|unknown|corrupt(?:ed)?|broken|damaged|malformed|bad|truncated)\s(?:\w+\s)?{_FILE}",
    r"\b(?:unsupported|invalid|unknown)\s(?:\w+\s)?(?:format|codec|mime|content.type)",
    rf"\b(?:format|codec|mime.?type|content.type)s?\b{_NEAR}\b{_BAD}\b",
    rf"\b{_FAILED}\s(?:be\s)?{_READ}\b{_NEAR}{_FILE}",
    rf"{_FILE}{_NEAR}\b(?:{_FAILED}|not)\s(?:be\s)?{_READ}\b",
    rf"(?:{_GIVEN}{_NEAR}{_MEASURE}|{_MEASURE}{_NEAR}{_GIVEN})[^.;!?]{{0,60}}?{_BOUND}",
    rf"{_GIVEN}\s(?:(?:is|was|must be|has to be|should be)\s)?{_BOUND}",
)
# What may be better the next time, although it is about a file: it was not had, or something was too busy.
_PASSING = (
    r"fetch|download|time(?:d)? ?out|temporar|unavailable|busy|overload|queue|rate limit|try again later|connection|"
    r"internal|out of memory|http [45]|status(?: code)?:? [45]"
)


def reason_for(message: str) -> Reason:
    """Why a generation failed, by the provider's `message`."""
    folded = message.lower()
    if any(sign in folded for sign in _REFUSED):
        return Reason.PROMPT_REFUSED
    if "insufficient credit" in folded or "insufficient_credit" in folded:
        return Reason.NO_CREDIT
    sentence = _LINK.sub("", folded)
    if not re.search(_PASSING, sentence) and any(re.search(pattern, sentence) for pattern in _BAD_INPUT):
        return Reason.INPUT_REFUSED
    return Reason.PROVIDER
