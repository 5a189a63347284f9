"""The root of what a recipe says about a loss."""

import msgspec


class LossTerm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="loss"):
    """One loss with its settings; `loss` in the recipe names it.

    Each loss has its own, with `weight` and what its equation needs.
    """
