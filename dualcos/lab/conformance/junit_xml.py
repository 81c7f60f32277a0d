"""JUnit XML for build servers: a suite per unit of vectors, a case per vector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple
from xml.etree import ElementTree

from dualcos.explain.control_characters import fit_for_xml

JunitOutcome = Literal["", "failure", "error", "skipped"]
JUNIT_OUTCOMES: Mapping[str, JunitOutcome] = MappingProxyType(
    {"pass": "", "fail": "failure", "inconclusive": "error", "not-applicable": "skipped", "waiting": "skipped"}
)
"""What becomes of each verdict."""
_COUNTED = (("failure", "failures"), ("error", "errors"), ("skipped", "skipped"))


class JunitCase(NamedTuple):
    """One vector. ``message``, ``detail``: what decided, where it did not pass; ``output``: what was sent and came."""

    suite: str
    name: str
    outcome: JunitOutcome
    message: str = ""
    detail: str = ""
    seconds: float | None = None
    properties: tuple[tuple[str, str], ...] = ()
    output: str = ""


def junit_xml(name: str, cases: Iterable[JunitCase]) -> bytes:
    """The file, with its declaration; any text is made fit for XML."""
    root = ElementTree.Element("testsuites", name=fit_for_xml(name))
    suites: dict[str, ElementTree.Element] = {}
    for case in cases:
        suite = suites.get(case.suite)
        if suite is None:
            suite = suites[case.suite] = ElementTree.SubElement(root, "testsuite", name=fit_for_xml(case.suite))
        _add(suite, case)
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        for tag, counted in _COUNTED:
            suite.set(counted, str(len(suite.findall(f"testcase/{tag}"))))
    root.set("tests", str(sum(len(suite) for suite in suites.values())))
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _add(suite: ElementTree.Element, case: JunitCase) -> None:
    element = ElementTree.SubElement(suite, "testcase", classname=fit_for_xml(case.suite), name=fit_for_xml(case.name))
    if case.seconds is not None:
        element.set("time", f"{case.seconds:.6f}")
    if case.properties:
        properties = ElementTree.SubElement(element, "properties")
        for name, value in case.properties:
            ElementTree.SubElement(properties, "property", name=name, value=fit_for_xml(value))
    if case.outcome:
        found = ElementTree.SubElement(element, case.outcome, message=fit_for_xml(case.message))
        found.text = fit_for_xml(case.detail)
    if case.output:
        ElementTree.SubElement(element, "system-out").text = fit_for_xml(case.output)
