import pytest

from patency.core.access import (
    ALLOWED,
    Action,
    Actor,
    NotPermitted,
    OverrideBy,
    Role,
    check,
    check_may_override,
    may,
    may_override,
)


def actor(*roles):
    return Actor("someone", "demo-west", frozenset(roles))


def test_every_action_is_for_someone():
    assert set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())


@pytest.mark.parametrize("role", list(Role))
def test_asking_and_checking_agree(role):
    for action in Action:
        if may(actor(role), action):
            check(actor(role), action)
        else:
            with pytest.raises(NotPermitted, match=f"may not {action}; this is for"):
                check(actor(role), action)


def test_someone_without_a_role_may_nothing():
    assert not any(may(actor(), action) for action in Action)
    with pytest.raises(NotPermitted, match="no role"):
        check(actor(), Action.SIGN)


@pytest.mark.parametrize(
    ("override", "roles"),
    [
        (OverrideBy.NEVER, set()),
        (OverrideBy.CONSULTANT, {Role.CONSULTANT}),
        (OverrideBy.CLINICIAN, {Role.CONSULTANT, Role.GYNAECOLOGIST, Role.RADIOLOGIST}),
    ],
)
def test_who_may_go_another_way_on_a_rule(override, roles):
    assert {role for role in Role if may_override(actor(role), override)} == roles
    for role in Role:
        if role in roles:
            check_may_override(actor(role), "cycle-day-over-cap", override)
        else:
            with pytest.raises(NotPermitted):
                check_may_override(actor(role), "cycle-day-over-cap", override)


def test_a_rule_for_nobody_says_that_only_a_new_answer_changes_it():
    with pytest.raises(NotPermitted, match="only a new answer changes it"):
        check_may_override(actor(Role.CONSULTANT), "pregnancy-test-positive", OverrideBy.NEVER)
