"""A question to vector stores, and the passages that answer it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

import msgspec

from ..answer import JSON
from ..generate.embedding_features import COMMON
from .index import Ranking, best_of, search, wanted
from .stores import VectorStores

USUAL_RESULTS = 10


class Found(msgspec.Struct, frozen=True):
    """A passage of a file that answers a query."""

    attributes: Mapping[str, JSON]
    file_id: str
    filename: str
    score: float
    """How well, from 0 to 1."""
    text: str


class Question(msgspec.Struct, frozen=True):
    """What to look for."""

    queries: Sequence[str]
    most: int = USUAL_RESULTS
    filters: Mapping[str, JSON] | None = None
    threshold: float = 0.0
    ranking: Ranking = Ranking()


def ranking_of(options: Mapping[str, JSON] | None) -> Ranking:
    """How `ranking_options` have the results ranked: without a ranker by the embeddings alone, else by the words too,
    in the weights of `hybrid_search`."""
    options = options or {}
    if options.get("ranker") == "none":
        return Ranking(1.0, 0.0)
    weights = options.get("hybrid_search") or {}
    ranking = Ranking(float(weights.get("embedding_weight", 1.0)), float(weights.get("text_weight", 1.0)))
    return ranking if ranking.embedding + ranking.text > 0 else Ranking()


def question_of(given: Mapping[str, JSON], queries: Sequence[str]) -> Question:
    """What a search's body, or a tool's definition, asks for."""
    options = given.get("ranking_options") or {}
    return Question(
        queries,
        given.get("max_num_results") or USUAL_RESULTS,
        given.get("filters"),
        float(options.get("score_threshold") or 0.0),
        ranking_of(options),
    )


def rewritten(query: str) -> str:
    """The query without the words that mean little, as `rewrite_query` has it."""
    kept = [word for word in query.split() if word.strip("?!.,;:").casefold() not in COMMON]
    return " ".join(kept).strip("?!.,;: ") or query


def find(vectors: VectorStores, stores: Iterable[str], question: Question) -> list[Found]:
    """The best passages in these vector stores, the best first. Of several queries, a passage's best score counts."""
    found = [each for store in stores for each in _in_store(vectors, store, question)]
    return sorted(found, key=attrgetter("score"), reverse=True)[: question.most]


def _in_store(vectors: VectorStores, store: str, question: Question) -> Iterable[Found]:
    entries, owners = vectors.snapshot(store).matching(question.filters)
    scores: dict[int, float] = {}
    for query in question.queries:
        for score, at in search(entries, wanted(query), question.most, question.ranking):
            if score >= question.threshold:
                scores[at] = max(score, scores.get(at, 0.0))
    for score, at in best_of(((score, at) for at, score in scores.items()), question.most):
        entry, owner = entries[at], owners[at]
        text = vectors.passage(store, owner.file, entry.start, entry.end)
        if text is not None:
            yield Found(owner.attributes, owner.file, owner.name, score, text)
