"""The question why: an audience and a person of a build, as the explanation wants it."""

from __future__ import annotations

from datetime import datetime

from jobs.building import Build
from transforms.audience.explaining import Question


def question_of(build: Build, site: str, key: str, person: str) -> Question:
    """Why a person is, or is not, in an audience of the build; of the lists only this person's line is kept."""
    mine = {file: ids & {person} for file, ids in build.lists.items()}
    return Question(
        key,
        build.context.workspace.audiences,
        build.as_of(site),
        build.zone(site),
        compile_at=lambda instant: build.plan_at(site, instant, mine),
        pointers={
            name: (str(row["run_id"]), as_of)
            for name, row in build.current[site].items()
            if isinstance(as_of := row["as_of"], datetime)
        },
        history=build.inputs[site].history,
        bounds=build.decisions[site].bounds if build.plans[site].selections else {},
    )
