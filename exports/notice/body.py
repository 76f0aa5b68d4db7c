"""Returns the body of a monthly notice in words: what was due, what came, how good it was, what is to be done."""

from __future__ import annotations

from collections.abc import Sequence

from exports import text, text_issue
from exports.figures import Figure
from exports.notice.annexes import fault_departments
from exports.notice.blocks import Paragraph
from exports.notice.facts import TOP_FAULTS, Facts, Row
from exports.notice.issuing import Issue

NAMED_IN_FAULT = 3  # departments named in one sentence about a fault
NAMED_GATES = 10  # failed gates named in one sentence
Sections = list[Paragraph]


def body(facts: Facts, issue: Issue | None = None) -> Sections:
    """Returns the paragraphs from the addressees to the date line; ``issue`` is None for a draft."""
    draft = text.NOTICE_DRAFT if facts.is_final else text.NOTICE_PROVISIONAL
    opening = text.NOTICE_OPENING.format(month=facts.month, as_of=facts.as_of)
    return [
        Paragraph("draft", draft),
        Paragraph("blank"),
        Paragraph("recipient", text.NOTICE_RECIPIENT),
        Paragraph("body", opening),
        Paragraph("heading", text.HEADING_OVERVIEW),
        *overview(facts),
        Paragraph("heading", text.HEADING_CATALOGUES),
        *_catalogues(facts),
        Paragraph("heading", text.HEADING_QUALITY),
        *_quality(facts),
        Paragraph("heading", text.HEADING_PROBLEMS),
        *_problems(facts, issue),
        Paragraph("heading", text.HEADING_NEXT),
        *_next_steps(facts, issue),
        *attachments([*text.ATTACHMENTS, text_issue.CHARTS_TITLE]),
        *closing(),
    ]


def attachments(titles: Sequence[str]) -> Sections:
    """Returns the list of annexes under the body."""
    return [
        Paragraph("blank"),
        Paragraph("attachment_first", text.ATTACHMENT_LEAD + titles[0]),
        *(
            Paragraph("attachment_next", text.ATTACHMENT_LINE.format(number=str(number), title=title))
            for number, title in enumerate(titles[1:], start=2)
        ),
    ]


def closing() -> Sections:
    """Returns the places of signature and date."""
    return [
        Paragraph("blank"),
        Paragraph("blank"),
        Paragraph("signature", text.SIGNATURE),
        Paragraph("date", text.SIGNATURE_DATE),
    ]


def _section(position: int, title: str, words: str) -> Paragraph:
    return Paragraph("body", words, lead=text.SECTION.format(number=text.SECTION_NUMBERS[position], title=title))


def _change(facts: Facts, figure: Figure) -> str:
    """Returns the comparison with the month before, nothing in the first month."""
    return text.CHANGE.format(change=figure) if facts.has_previous and figure.value is not None else ""


def overview(facts: Facts) -> Sections:
    """Returns what came from the whole city, and what stands in its evaluations and lists."""
    row = facts.programme
    departments = text.OVERVIEW_DEPARTMENTS.format(
        due=row["due_department_count"],
        reported=row["reporting_department_count"],
        due_domains=row["due_domain_count"],
        reported_domains=row["reporting_domain_count"],
        due_feeds=row["due_feed_count"],
        reported_feeds=row["reported_feed_count"],
        rate=row["collection_rate"],
        change=_change(facts, row["collection_rate_points"]),
    )
    rows = text.OVERVIEW_ROWS.format(
        submitted=row["submitted_rows"],
        submitted_change=_change(facts, row["submitted_rows_growth"]),
        accepted=row["accepted_rows"],
        accepted_change=_change(facts, row["accepted_rows_growth"]),
        conformity=row["conformity_rate"],
        conformity_change=_change(facts, row["conformity_rate_points"]),
        timeliness=row["timeliness_rate"],
        timeliness_change=_change(facts, row["timeliness_rate_points"]),
        completeness=row["completeness_rate"],
        completeness_change=_change(facts, row["completeness_rate_points"]),
        accuracy=row["accuracy_rate"],
        accuracy_change=_change(facts, row["accuracy_rate_points"]),
    )
    if row["unassigned_rows"].value:
        rows += text.OVERVIEW_UNASSIGNED.format(count=row["unassigned_rows"])
    if row["zero_report_count"].value:
        rows += text.OVERVIEW_ZERO.format(count=row["zero_report_count"])
    first = "" if facts.has_previous else text.OVERVIEW_FIRST
    return [Paragraph("body", departments), Paragraph("body", rows + first), Paragraph("body", _standing(facts))]


def _standing(facts: Facts) -> str:
    """Returns what stands in the evaluations and positive lists; a feed that was never sent is 未归集."""
    row = facts.programme
    words = text.OVERVIEW_NOT_EVALUATED
    if "evaluation_results" in facts.collected_feeds:
        words = text.OVERVIEW_EVALUATED.format(
            evaluated=row["evaluated_subject_count"], change=_change(facts, row["evaluated_subject_count_growth"])
        )
    if row["regulated_subject_count"].value is not None:
        words += text.OVERVIEW_REGULATED.format(
            regulated=row["regulated_subject_count"], rate=row["evaluation_coverage_rate"]
        )
    else:
        words += text.OVERVIEW_NOT_REGULATED
    if "positive_list" not in facts.collected_feeds:
        return words + text.OVERVIEW_LISTS_NOT_COLLECTED
    return words + text.OVERVIEW_LISTS.format(
        listed=row["positive_list_count"],
        change=_change(facts, row["positive_list_count_growth"]),
        vetoed=row["vetoed_count"],
    )


def _catalogues(facts: Facts) -> Sections:
    sections = []
    for position, row in enumerate(facts.catalogues):
        if row["due_count"].value:
            pattern = text.CATALOGUE_DUE_DOMAINS if row["is_by_domain"] else text.CATALOGUE_DUE_DEPARTMENTS
            words = pattern.format(due=row["due_count"], reported=row["reported_count"])
        else:
            words = text.CATALOGUE_NONE_DUE
        if row["submitted_rows"].value:
            words += text.CATALOGUE_ROWS.format(
                submitted=row["submitted_rows"],
                change=_change(facts, row["submitted_rows_growth"]),
                accepted=row["accepted_rows"],
                rate=row["conformity_rate"],
            )
        else:
            words += text.CATALOGUE_NO_ROWS if row["is_any_reported"] else text.CATALOGUE_NOT_COLLECTED
        words += text.FULL_STOP
        sections.append(_section(position, row["title"], words + _gaps(facts, row)))
    return sections


def _gaps(facts: Facts, row: Row) -> str:
    """Returns who owes the catalogue; who was silent all month is named once, among the problems."""
    owing = facts.silent_by_feed.get(row["feed"], [])
    silent = {department["department_name"] for department in facts.departments if department["is_silent"]}
    others = [name for name in owing if name not in silent]
    if owing and not row["reported_count"].value:
        return text.CATALOGUE_ALL_SILENT
    if others:
        pattern = text.CATALOGUE_SILENT if len(others) < len(owing) else text.CATALOGUE_INCOMPLETE
        return pattern.format(departments=text.LIST_SEPARATOR.join(others))
    return text.CATALOGUE_SILENT_ONLY if owing else ""


def _quality(facts: Facts) -> Sections:
    if not facts.programme["submitted_rows"].value:
        return [Paragraph("body", text.QUALITY_NOT_COLLECTED)]
    if not facts.faults:
        return [Paragraph("body", text.QUALITY_NONE)]
    totals = facts.fault_totals
    first = text.QUALITY_TOTAL.format(
        faults=totals["fault_count"],
        errors=totals["error_count"],
        warnings=totals["warning_count"],
        departments=totals["department_count"],
        held=totals["held_rows"],
    )
    sections = [Paragraph("body", first + text.QUALITY_TOP)]
    for number, row in enumerate(facts.faults[:TOP_FAULTS], start=1):
        words = text.QUALITY_FAULT.format(
            number=str(number),
            title=row["rule_title"],
            feed=row["feed_title"] or text.FEED_UNKNOWN,
            severity=text.CODES["severity"].get(row["severity"], row["severity"]),
            faults=row["fault_count"],
            share=row["fault_share"],
            departments=fault_departments(facts, row, NAMED_IN_FAULT),
        )
        sections.append(Paragraph("body", words))
    if facts.failed_gates:
        sections.append(Paragraph("body", text.QUALITY_GATES.format(items=_gates(facts))))
    return sections


def _gates(facts: Facts) -> str:
    items = [
        (text.QUALITY_GATE_DOMAIN if gate["domain_name"] else text.QUALITY_GATE).format(
            department=gate["department_name"],
            domain=gate["domain_name"],
            feed=gate["feed_title"],
            check=text.GATE_NAMES.get(gate["check_name"], gate["check_name"]),
        )
        for gate in facts.failed_gates[:NAMED_GATES]
    ]
    words = text.LIST_SEPARATOR.join(items)
    if len(facts.failed_gates) > NAMED_GATES:
        return text.QUALITY_GATES_MORE.format(items=words, count=facts.gate_count)
    return words


def _problems(facts: Facts, issue: Issue | None) -> Sections:
    """Returns who was silent and late, and what is proposed; an issued notice holds a proposal only if adopted."""
    parts = [
        _section(0, text.PROBLEM_SILENT_TITLE, _silence(facts)),
        _section(1, text.PROBLEM_LATE_TITLE, _lateness(facts)),
    ]
    sentences = proposals(facts, issue)
    if sentences:
        title = text_issue.ADOPTED_TITLE if issue else text.PROBLEM_ACTION_TITLE
        parts += [_section(2, title, sentences[0]), *(Paragraph("body", words) for words in sentences[1:])]
    return parts


def _silence(facts: Facts) -> str:
    """Returns who sent nothing at all; vertical units are counted, not named (semantics 7.2)."""
    words = text.PROBLEM_SILENT_NONE
    if facts.counts["silent"].value:
        words = text.PROBLEM_SILENT.format(count=facts.counts["silent"])
    silent = [row for row in facts.departments if row["is_silent"] and not row["is_vertical"]]
    for months in sorted({row["silent_months"].value for row in silent}):
        alike = [row for row in silent if row["silent_months"].value == months]
        pattern = text.PROBLEM_SILENT_FIRST if months == 1 else text.PROBLEM_SILENT_REPEATED
        words += pattern.format(months=alike[0]["silent_months"], departments=_names(alike))
    if facts.counts["silent_vertical"].value:
        words += text.PROBLEM_SILENT_VERTICAL.format(count=facts.counts["silent_vertical"])
    if facts.counts["partial"].value:
        words += text.PROBLEM_PARTIAL.format(count=facts.counts["partial"])
    return words


def _lateness(facts: Facts) -> str:
    """Returns who was late, far below the limit with the rate; vertical units are counted, not named."""
    if not facts.counts["late"].value:
        return text.PROBLEM_LATE_NONE
    limit = facts.limits["criticism_timeliness_rate"]
    late = sorted(
        (row for row in facts.departments if not row["is_vertical"] and _is_below(row["timeliness_rate"].value, 1)),
        key=lambda row: (row["timeliness_rate"].value, row["sort_order"]),
    )
    much = [row for row in late if _is_below(row["timeliness_rate"].value, limit.value)]
    words = text.PROBLEM_LATE.format(count=facts.counts["late"])
    if much:
        people = [
            text.PROBLEM_LATE_PERSON.format(department=row["department_name"], rate=row["timeliness_rate"])
            for row in much
        ]
        words += text.PROBLEM_LATE_MUCH.format(limit=limit, departments=text.LIST_SEPARATOR.join(people))
    others = [row for row in late if row not in much]
    if others:
        words += (text.PROBLEM_LATE_OTHERS if much else text.PROBLEM_LATE_ALL).format(departments=_names(others))
    if facts.counts["late_vertical"].value:
        words += text.PROBLEM_LATE_VERTICAL.format(count=facts.counts["late_vertical"])
    return words


def _is_below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _limits(facts: Facts, issue: Issue | None) -> str:
    pattern = text_issue.ADOPTED_NOTE if issue else text.ACTION_NOTE
    return pattern.format(
        score=facts.limits["criticism_score"],
        collection=facts.limits["criticism_collection_rate"],
        timeliness=facts.limits["criticism_timeliness_rate"],
    )


def proposals(facts: Facts, issue: Issue | None) -> list[str]:
    """Returns praise, reminders, criticism and letters: marked as proposals in a draft, decided where adopted.

    Nobody is praised or criticised by a computation alone (semantics 7.2): what is issued without a decision says
    nothing about it.
    """
    if issue and not issue.is_adopted:
        return []
    words = text_issue if issue else text
    praised = [row for row in facts.departments if row["is_praised"]]
    adverse = [row for row in facts.departments if row["is_adverse"]]
    letters = [row for row in adverse if row["is_vertical"]]
    reminders = [row for row in adverse if not row["is_vertical"] and row["adverse_months"] == 1]
    criticised = [row for row in adverse if not row["is_vertical"] and row["adverse_months"] > 1]
    sentences = [_limits(facts, issue)]
    if praised:
        sentences.append(words.PRAISE.format(score=facts.limits["praise_score"], departments=_names(praised)))
    else:
        sentences.append(text.PRAISE_NONE)
    for pattern, rows in ((words.REMINDER, reminders), (words.CRITICISM, criticised), (words.LETTER, letters)):
        if rows:
            sentences.append(pattern.format(departments=_names(rows)))
    if not adverse:
        sentences.append(text.ACTION_NONE)
    return sentences


def _names(rows: Sequence[Row]) -> str:
    ordered = sorted(rows, key=lambda row: (row["sort_order"], row["department_code"]))
    return text.LIST_SEPARATOR.join(row["department_name"] for row in ordered)


def _next_steps(facts: Facts, issue: Issue | None) -> Sections:
    has_due = facts.next_due.value is not None
    steps = []
    if facts.not_reported and has_due:
        steps.append((text.NEXT_TITLES[0], text.NEXT_MISSING.format(due=facts.next_due)))
    if facts.faults and has_due:
        steps.append((text.NEXT_TITLES[1], text.NEXT_FAULTS.format(due=facts.next_due)))
    period = text.NEXT_PERIOD.format(month=facts.next_month, due=facts.next_due) if has_due else text.NEXT_PERIOD_OPEN
    feedback = text.NEXT_FEEDBACK + ("" if issue else text.NEXT_CONTACT)
    steps += [(text.NEXT_TITLES[2], period), (text.NEXT_TITLES[3], feedback)]
    return [_section(position, title, words) for position, (title, words) in enumerate(steps)]
