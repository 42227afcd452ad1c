"""Columns become text and codes, whatever they hold."""

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import SchemaError
from perturbdash.io.columns import Columns, Levels, is_nested, levels, nearest

COLUMNS = {
    "text": pd.Series(["b", "a", "b"], dtype=object),
    "blanks": pd.Series([" b", "a ", "b"]),
    "category": pd.Series(pd.Categorical(["b", "a", "b"], categories=["unused", "b", "a"])),
    "bytes": pd.Series([b"b", b"a", "b"]),
    "arrow": pd.Series(["b", "a", "b"], dtype="string"),
    "blanks in categories": pd.Series(pd.Categorical(["b", "a", "b "])),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_the_same_labels_in_any_form(column):
    found = levels(column)
    assert found.names == ("a", "b")
    assert found.codes.dtype == np.int32
    np.testing.assert_array_equal(found.codes, [1, 0, 1])
    np.testing.assert_array_equal(found.counts, [1, 2])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["x", None, np.nan, "", "nan", " "], dtype=object),
        pd.Series(pd.Categorical(["x", None, None, "", "NA", "nan"])),
        pd.Series(["x", None, None, pd.NA, "", "N/A"], dtype="string"),
    ],
)
def test_missing_labels(column):
    found = levels(column)
    assert found.names == ("x",)
    np.testing.assert_array_equal(found.codes, [0, -1, -1, -1, -1, -1])
    assert found.n_missing == 5


def test_numbers_become_text():
    assert levels(pd.Series([2, 10, 2])).names == ("10", "2")
    assert levels(pd.Series([2.0, np.nan, 0.5])).names == ("0.5", "2")
    assert levels(pd.Series([True, False])).names == ("False", "True")


def test_mixed_types_become_one_level_where_their_text_is_the_same():
    found = levels(pd.Series([1, "1", 1.0, "one"], dtype=object))
    assert found.names == ("1", "one")
    np.testing.assert_array_equal(found.codes, [0, 0, 0, 1])


def test_nested_levels_against_all_pairs():
    rng = np.random.default_rng(0)
    for _ in range(200):
        fine, coarse = rng.integers(-1, 4, 8), rng.integers(-1, 3, 8)
        naive = all(
            len({c for f, c in zip(fine, coarse, strict=True) if f == level}) == 1 for level in set(fine)
        )
        assert is_nested(Levels(fine, tuple("abcd")), Levels(coarse, tuple("xyz"))) == naive


def test_a_missing_column_names_the_nearest():
    columns = Columns(pd.DataFrame({"cell_type": ["a"], "perturbation": ["b"], 3: [1]}))
    assert columns.names == ("cell_type", "perturbation", "3")
    with pytest.raises(
        SchemaError, match=r"no column 'Celltype' in obs for the context; .* are: cell_type\."
    ):
        columns.require("Celltype", "context")
    with pytest.raises(SchemaError, match="no columns at all"):
        Columns(pd.DataFrame(index=["a"])).require("x", "context")


def test_a_column_without_values_is_refused():
    with pytest.raises(SchemaError, match="no value in any cell"):
        Columns(pd.DataFrame({"x": [None, None]})).require_levels("x", "context")


def test_nearest_offers_something_even_when_nothing_is_near():
    assert nearest("zzz", ["a", "b"]) == ("a", "b")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, False], [True, False]),
        ([1, 0], [True, False]),
        ([1.0, np.nan], [True, False]),
        (["True", "False"], [True, False]),
        (["yes", "no"], [True, False]),
        ([2, 0], None),
        (["a", "b"], None),
    ],
)
def test_columns_of_true_and_false(values, expected):
    found = Columns(pd.DataFrame({"x": values})).flags("x")
    assert found is None if expected is None else found.tolist() == expected
