"""Which generations a list call asks for."""

from collections.abc import Collection, Mapping

from sandbox.oxen.generations import Generation

ALL = ("namespace", "model", "status", "media_type", "repo", "folder")


def fits(generation: Generation, asked: Mapping[str, str], filters: Collection[str] = ALL) -> bool:
    """Whether every known filter that is given holds; what else was asked is passed over."""
    facts = {
        "namespace": generation.namespace,
        "model": generation.model.id,
        "status": generation.state.value,
        "media_type": generation.model.media_type,
        "repo": generation.parameters.get("target_repo"),
        "folder": generation.parameters.get("target_directory"),
    }
    return all(asked[name] == facts[name] for name in filters if name in asked)
