"""How limits are spelled, in Python, in a file, on the command line and in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_api_mock import UsageError, mock_openai
from openai_api_mock.limits.spec import Limit, Limits, limits_of
from openai_api_mock.settings import load

ALL = Limit(rpm=60, tpm=10_000)


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("rpm=60,tpm=10000", Limits(models={"*": ALL})),
        ("rpm=60, tpm=10_000, per=key", Limits(models={"*": ALL}, per="key")),
        ({"rpm": 60, "tpm": 10_000}, Limits(models={"*": ALL})),
        ('{"gpt-4o": {"rpm": 1}, "*": {"rpm": 60, "tpm": 10000}}', Limits(models={"gpt-4o": Limit(rpm=1), "*": ALL})),
        ({"gpt-4o": {"rpd": 1}, "rpm": 60, "tpm": 10_000}, Limits(models={"gpt-4o": Limit(rpd=1), "*": ALL})),
        ("quota=5,exhausted=credit_balance_exhausted",
         Limits(models={}, quota=5, exhausted="credit_balance_exhausted")),
        ("max_concurrency=2,beyond=queue,counting=window",
         Limits(models={}, max_concurrency=2, beyond="queue", counting="window")),
        (None, None),
        ("", None),
    ],
)  # fmt: skip
def test_limits_are_a_text_or_a_mapping(value: object, limits: Limits | None) -> None:
    assert limits_of(value) == limits


def test_tiers_are_tables_that_a_model_may_differ_from() -> None:
    tier = limits_of("tier-1")
    assert tier is not None
    assert tier.of("gpt-4o") == ("gpt-4o", Limit(rpm=500, tpm=30_000, batch=90_000))
    assert tier.of("gpt-5") == ("gpt-5", Limit(rpm=500, tpm=30_000, batch=90_000))
    assert limits_of({"tier": 1}) == tier

    mine = limits_of({"tier": "free", "gpt-5": {"rpm": 9}})
    assert mine is not None
    assert mine.of("gpt-5") == ("gpt-5", Limit(rpm=9))
    assert mine.of("o3") == ("o3", Limit(rpm=3, rpd=200, tpm=40_000, batch=200_000))


def test_snapshots_and_tuned_models_share_the_limits_of_their_name_unless_they_have_their_own() -> None:
    limits = limits_of({"gpt-4o": {"rpm": 1}, "gpt-4o-2024-05-13": {"rpm": 2}, "o*": {"rpm": 3}, "rpm": 4})
    assert limits is not None
    for model, name in (
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("ft:gpt-4o-2024-08-06:me::id", "gpt-4o"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("o3", "o*"),
        ("o4-mini-2025-04-16", "o*"),
        ("gpt-3.5-turbo-0125", "gpt-3.5-turbo"),
    ):
        found = limits.of(model)
        assert found is not None
        assert found[0] == name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("rmp=60", r"limits: there is no 'rmp'.* Did you mean 'rpm'\?"),
        ("tier-9", "there is no tier 'tier-9'; there are 'tier-free'"),
        ("tier1", r"Did you mean 'tier-1'\?"),
        ("rpm:60", "A limit is written rpm=60"),
        ("rpm", "'rpm' isn't of the form rpm=60"),
        ("RPM=60", r"Did you mean 'rpm'\?"),
        ({"gpt-4o": 60}, "A model's are in a mapping: {'gpt-4o': {'rpm': 60}}"),
        ("rpm=many", "limits: rpm='many' can't be: it takes a whole number, 1 or more"),
        ("rpm=0", "limits: rpm='0' can't be: it takes a whole number"),
        ("rpm=1,rpm=2", "'rpm' is given twice"),
        ("per=user", "limits: per='user' can't be: it takes 'organization' or 'project' or 'key'"),
        ({"gpt-4o": {"quota": 1}}, "limits of 'gpt-4o': there is no 'quota'"),
        ({"gpt-4o": {"tmp": 1}}, r"Did you mean 'tpm'\?"),
        ({"rpm": 1, "*": {"rpm": 2}}, "'rpm' is given for all models twice"),
        (5, "limits=5 can't be: it takes 'rpm=60,tpm=10000'"),
    ],
)
def test_what_is_wrong_is_named(value: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        mock_openai(limits=value)


def test_limits_come_from_the_file_the_environment_and_a_flag(tmp_path: Path) -> None:
    file = tmp_path / "conf.yaml"
    file.write_text("limits:\n  gpt-4o: {rpm: 500, tpm: 30000}\n  '*': {rpm: 60}\n  per: project\n")
    limits = Limits(models={"gpt-4o": Limit(rpm=500, tpm=30_000), "*": Limit(rpm=60)}, per="project")
    assert load(file, {}, {}).limits == limits
    assert load(file, {"OPENAI_API_MOCK_LIMITS": "rpm=60,tpm=10000"}, {}).limits == Limits(models={"*": ALL})
    assert load(file, {"OPENAI_API_MOCK_LIMITS": "rpm=1"}, {"limits": "rpm=60,tpm=10000"}).limits == Limits(
        models={"*": ALL}
    )
    file.write_text("seed: 1\nlimits: {rpm: 1, tmp: 2}\n")
    with pytest.raises(UsageError, match=r"conf\.yaml, line 2: limits: there is no 'tmp'"):
        load(file, {}, {})
