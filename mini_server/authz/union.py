"""The authorization modes, tried in order.

Source: kubernetes ``pkg/kubeapiserver/authorizer/config.go``; members of system:masters may do everything.
"""

from __future__ import annotations

from collections.abc import Sequence

from mini_server.authn.interface import MASTERS, UserInfo
from mini_server.authz.interface import Attributes, Authorizer, Decision, NonResourceRule, ResourceRule, Rules


class AlwaysAllow:
    """Everybody may do everything."""

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        """Allows."""
        return Decision.ALLOW, ""

    def rules_for(self, user: UserInfo, namespace: str) -> Rules:
        """Everything."""
        return Rules([ResourceRule(["*"], ["*"], ["*"])], [NonResourceRule(["*"], ["*"])])


class AlwaysDeny:
    """Nobody may do anything."""

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        """Has no opinion, which nobody overrules."""
        return Decision.NO_OPINION, "Everything is forbidden."

    def rules_for(self, user: UserInfo, namespace: str) -> Rules:
        """Nothing."""
        return Rules()


class UnionAuthorizer:
    """The first that allows or denies decides; the privileged group comes before all."""

    def __init__(self, authorizers: Sequence[Authorizer]) -> None:
        self._authorizers = tuple(authorizers)

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        """The decision; without one, the reasons of all."""
        if MASTERS in attributes.user.groups:
            return Decision.ALLOW, ""
        reasons: list[str] = []
        for authorizer in self._authorizers:
            decision, reason = authorizer.authorize(attributes)
            if decision is not Decision.NO_OPINION:
                return decision, reason
            if reason:
                reasons.append(reason)
        return Decision.NO_OPINION, "\n".join(reasons)

    def rules_for(self, user: UserInfo, namespace: str) -> Rules:
        """What each of the authorizers allows."""
        found = [authorizer.rules_for(user, namespace) for authorizer in self._authorizers]
        return Rules(
            [rule for rules in found for rule in rules.resources],
            [rule for rules in found for rule in rules.paths],
            any(rules.incomplete for rules in found),
            ", ".join(rules.error for rules in found if rules.error),
        )
