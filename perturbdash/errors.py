"""Errors that reach a user: one sentence with what was found, what was expected and what to do."""


class PerturbdashError(ValueError):
    """The input cannot be used; the message is a sentence for the user."""


class DataError(PerturbdashError):
    """A file of cells cannot be read, or does not hold what its schema says."""


class SchemaError(PerturbdashError):
    """The columns that say what was done to a cell are missing or contradict each other."""


class PredictionError(PerturbdashError):
    """A prediction cannot be read or does not fit the data set."""


class SettingsError(PerturbdashError):
    """A setting has a value that is not allowed, or does not fit the data set."""


class Cancelled(PerturbdashError):  # noqa: N818  not an error: the user's wish
    """The user stopped a computation."""
