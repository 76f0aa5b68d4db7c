"""The wording holds no number of its own and has words for every rule."""

import re

import pytest

from exports import text
from exports.tables import header
from ingest.contract_model import load_contracts

# 附件1 and 附件2, 24时, SHA-256, numbers of notes: labels, not figures.
LABELS = re.compile(r"SHA-256|附件\d|24时|(?<=注：)\d\.|(?<=。)\d\.|^\d\.|附件：\d\.")


def _sentences():
    for name, value in vars(text).items():
        if name.isupper():
            for words in [value] if isinstance(value, str) else value if isinstance(value, tuple) else []:
                yield name, words


@pytest.mark.parametrize(("name", "words"), list(_sentences()))
def test_wording_has_no_number_of_its_own(name, words):
    assert not re.search(r"\d", LABELS.sub("", words)), name


def test_every_rule_of_the_contracts_has_a_title_without_its_id():
    missing = {
        rule.rule_id
        for contract in load_contracts().values()
        for rule in contract.rules
        if rule.rule_id in text.rule_title(rule.rule_id, rule.kind, "某列")
    }
    assert missing == set()


def test_unknown_rule_is_named_by_its_id():
    assert text.rule_title("X-NEW", "X-NEW", None) == "其他问题（X-NEW）"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("企业名称：登记名称，没有时为报送名称", "企业名称"),
        ("发布（列入）日期", "发布日期"),
        ("期次（YYYY-MM），所报数据所属的月份", "期次"),
        ("", "column_name"),
    ],
)
def test_header_is_the_beginning_of_the_comment(comment, expected):
    assert header(comment, "column_name") == expected
