"""The audit folds what enforcement saw by itself."""

from streams.audit.actions import active_actions, all_actions, duplicate_actions
from streams.wire.envelope import Cause
from streams.wire.moderation import ActionRevoked, ModerationAction
from streams.wire.topics import Topic
from tests.support.audit_book import START, Book


def _action(number: int, video_id: str = "v", supersedes: int | None = None, revision: int = 1) -> ModerationAction:
    return ModerationAction(
        action_id=f"{number:032x}",
        supersedes=None if supersedes is None else f"{supersedes:032x}",
        trend_id="t1",
        video_id=video_id,
        revision=revision,
        seed_id="s1",
        score=0.9,
        modality_scores={},
        modalities=[],
        threshold=0.5,
        policy_version=1,
        proposed_action="review",
        direction="forward",
        model_id="m",
        shard=0,
        cause=Cause(topic="t.video-embeddings", partition=0, offset=1),
        received_at=START,
        emitted_at=START,
        completeness=1.0,
    )


def _revoked(number: int) -> ActionRevoked:
    return ActionRevoked(
        action_id=f"{number:032x}",
        trend_id="t1",
        video_id="v",
        revision=1,
        policy_version=1,
        reason="policy",
        shard=0,
        cause=Cause(topic="t.trend-fanout", partition=0, offset=1),
        emitted_at=START,
    )


def _book(*messages: ModerationAction | ActionRevoked, topic: Topic = Topic.MODERATION_ACTIONS) -> Book:
    book = Book()
    for message in messages:
        book.put(topic, message)
    return book


def test_the_last_action_of_a_pair_stands() -> None:
    """A superseding action replaces the one before."""
    logs = _book(_action(1), _action(2, supersedes=1, revision=2)).logs()
    [(expected, action)] = active_actions(logs).items()
    assert (expected.revision, action.action_id, duplicate_actions(logs)) == (2, f"{2:032x}", [])
    assert len(all_actions(logs)) == 2


def test_a_revoked_action_stands_no_more_and_its_pair_may_come_again() -> None:
    """Only the id that is revoked is taken back."""
    assert active_actions(_book(_action(1), _revoked(1)).logs()) == {}
    assert len(active_actions(_book(_action(1), _revoked(7)).logs())) == 1
    assert duplicate_actions(_book(_action(1), _revoked(1), _action(2)).logs()) == []


def test_an_id_seen_twice_is_a_duplicate() -> None:
    """The promise that enforcement relies on."""
    assert len(duplicate_actions(_book(_action(1), _action(1)).logs())) == 1
    assert len(duplicate_actions(_book(_action(1), _revoked(1), _action(1)).logs())) == 1


def test_the_same_hit_under_another_id_is_a_duplicate() -> None:
    """A second action for a pair that stands, which does not supersede it, is seen twice too."""
    assert len(duplicate_actions(_book(_action(1), _action(2)).logs())) == 1
    assert duplicate_actions(_book(_action(1), _action(2, video_id="w")).logs()) == []


def test_shadow_actions_stand_in_their_own_topic() -> None:
    """They are no enforcement, but must be as the oracle says too."""
    logs = _book(_action(1), topic=Topic.SHADOW_ACTIONS).logs()
    assert [expected.topic for expected in active_actions(logs)] == ["shadow-actions"]
    assert all_actions(logs) == []
